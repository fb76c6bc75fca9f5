import { Eye, EyeOff, Plus, Trash2, Undo2 } from 'lucide-react';
import { useEffect, useId, useRef, useState, type ComponentProps, type ReactNode } from 'react';
import { keyOf, originOf, withAdded, withVariable, type Added, type Group } from '@/lib/agent-config';
import { cn } from '@/lib/cn';
import { Conflict, OriginTag, type ConfigForm } from './config-form';
import { Button } from './ui/button';
import { FieldErrors, Input, Textarea } from './ui/form';

const words = { environment: { one: 'variable', None: 'No variable is set.' }, secrets: { one: 'secret', None: 'No secret is set.' } } as const;

/** Variables or secrets: a line each for what is there, what goes, and what is new. */
export function Variables({ form, group }: { form: ConfigForm; group: Group }) {
  const { config, edits, change } = form;
  const added = edits.added.filter((each) => each.group === group);
  const names = (group === 'environment' ? Object.keys(config.environment) : (config.secrets ?? []).map(({ name }) => name)).sort();
  const { one, None } = words[group];
  const newest = useRef<number>(null);
  const add = (): void => {
    newest.current = Math.max(0, ...edits.added.map(({ key }) => key)) + 1;
    change({ ...edits, added: [...edits.added, { key: newest.current, group, name: '', value: '' }] });
  };
  return (
    <>
      {names.length + added.length === 0 ? (
        <p className="px-4 pb-1 text-soft sm:px-5">{None}</p>
      ) : (
        <ul aria-label={group === 'environment' ? 'Environment variables' : 'Secrets'} className="divide-y divide-line border-y border-line">
          {names.map((name) => (group === 'environment' ? <Variable key={name} form={form} name={name} /> : <Secret key={name} form={form} name={name} />))}
          {added.map((each) => (
            <NewOne key={each.key} form={form} added={each} hasFocus={each.key === newest.current} />
          ))}
        </ul>
      )}
      <div className="px-4 py-3 sm:px-5">
        <Button size="sm" onClick={add} data-add={group}>
          <Plus size={15} aria-hidden />
          Add a {one}
        </Button>
      </div>
    </>
  );
}

interface LineProps {
  path: string;
  form: ConfigForm;
  id: string;
  name: ReactNode;
  value: ReactNode;
  tag: ReactNode;
  actions: ReactNode;
}

/** The name, its value and where that comes from; on a phone the value is below. */
function Line({ path, form, id, name, value, tag, actions }: LineProps) {
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto_auto] items-center gap-x-3 gap-y-1.5 px-4 py-2.5 sm:px-5 lg:grid-cols-[minmax(0,2fr)_minmax(0,3fr)_5.5rem_auto]">
      <div className="min-w-0">{name}</div>
      <div className="order-last col-span-3 min-w-0 lg:order-none lg:col-span-1">{value}</div>
      <div className="justify-self-start">{tag}</div>
      <div className="flex justify-end">{actions}</div>
      <div className="order-last col-span-full space-y-1 empty:hidden">
        <FieldErrors id={`${id}-error`} errors={form.errors[path] ?? []} />
        <Conflict id={`${id}-conflict`} sentences={form.conflicts[path]} />
      </div>
    </li>
  );
}

const ariaOf = (form: ConfigForm, path: string, id: string) => ({
  'aria-invalid': form.errors[path] ? (true as const) : undefined,
  'aria-describedby': [form.errors[path] && `${id}-error`, form.conflicts[path] && `${id}-conflict`].filter(Boolean).join(' ') || undefined,
});

function Name({ children, isGone = false }: { children: string; isGone?: boolean }) {
  return <code className={cn('font-mono text-[13px] break-all', isGone && 'text-soft line-through')}>{children}</code>;
}

/** As high as what is in it: values may have several lines. */
function Value({ className, ...props }: ComponentProps<'textarea'>) {
  return (
    <Textarea rows={1} autoComplete="off" autoCapitalize="off" spellCheck={false} className={cn('field-sizing-content block max-h-60 min-h-9! resize-none py-[7px] font-mono text-[13px]', className)} {...props} />
  );
}

/** Nobody looks over a shoulder at what is typed, unless it is asked for. Not a password field: secrets such as keys have several lines. */
function SecretValue(props: ComponentProps<'textarea'>) {
  const [isShown, setIsShown] = useState(false);
  const Icon = isShown ? EyeOff : Eye;
  return (
    <div className="relative">
      <Value {...props} data-secret className={cn('pr-10', !isShown && '[-webkit-text-security:disc]')} />
      <Button variant="ghost" size="icon" className="absolute top-0.5 right-0.5 size-8 text-soft" aria-label="Show what is typed" aria-pressed={isShown} onClick={() => setIsShown(!isShown)}>
        <Icon size={15} aria-hidden />
      </Button>
    </div>
  );
}

function IconButton({ label, icon: Icon, onClick }: { label: string; icon: typeof Undo2; onClick: () => void }) {
  return (
    <Button variant="ghost" size="icon" className="text-soft" aria-label={label} title={label} onClick={onClick}>
      <Icon size={15} aria-hidden />
    </Button>
  );
}

function Variable({ form, name }: { form: ConfigForm; name: string }) {
  const { config, edits, change } = form;
  const id = useId();
  const path = `environment.${name}`;
  const isChanged = Object.hasOwn(edits.environment, name);
  const value = isChanged ? edits.environment[name] : config.environment[name];
  const isGone = value === null;
  const origin = originOf(config, path);
  const set = (next: string | null | undefined): void => change(withVariable(edits, config, 'environment', name, next));
  return (
    <Line
      path={path}
      form={form}
      id={id}
      name={<Name isGone={isGone}>{name}</Name>}
      value={
        isGone ? (
          <p className="py-2 text-[13px] text-soft">Goes with the next save. If agent.yaml sets it too, that counts again.</p>
        ) : (
          <Value {...ariaOf(form, path, id)} aria-label={`Value of ${name}`} value={value} onChange={(event) => set(event.target.value)} />
        )
      }
      tag={<OriginTag origin={origin} isChanged={isChanged} />}
      actions={
        isChanged ? (
          <IconButton label={`Keep ${name} as it was`} icon={Undo2} onClick={() => set(undefined)} />
        ) : origin === 'api' ? (
          <IconButton label={`Remove ${name}`} icon={Trash2} onClick={() => set(null)} />
        ) : (
          <span className="size-9" />
        )
      }
    />
  );
}

function Secret({ form, name }: { form: ConfigForm; name: string }) {
  const { config, edits, change } = form;
  const id = useId();
  const path = `secrets.${name}`;
  const isChanged = Object.hasOwn(edits.secrets, name);
  const value = isChanged ? edits.secrets[name] : undefined;
  const set = (next: string | null | undefined): void => change(withVariable(edits, config, 'secrets', name, next));
  return (
    <Line
      path={path}
      form={form}
      id={id}
      name={<Name isGone={value === null}>{name}</Name>}
      value={
        value === undefined ? (
          <div className="flex min-h-9 flex-wrap items-center justify-between gap-2">
            <span className="text-[13px] text-soft">Stored, and never shown</span>
            <Button size="sm" onClick={() => set('')} aria-label={`Set anew: ${name}`}>
              Set anew
            </Button>
          </div>
        ) : value === null ? (
          <p className="py-2 text-[13px] text-soft">Goes with the next save.</p>
        ) : (
          <SecretValue {...ariaOf(form, path, id)} aria-label={`New value of ${name}`} placeholder="New value" value={value} autoFocus onChange={(event) => set(event.target.value)} />
        )
      }
      tag={<OriginTag origin="api" isChanged={isChanged} />}
      actions={
        isChanged ? (
          <IconButton label={`Keep ${name} as it was`} icon={Undo2} onClick={() => set(undefined)} />
        ) : (
          <IconButton label={`Remove ${name}`} icon={Trash2} onClick={() => set(null)} />
        )
      }
    />
  );
}

function NewOne({ form, added, hasFocus }: { form: ConfigForm; added: Added; hasFocus: boolean }) {
  const { edits, change } = form;
  const id = useId();
  const place = keyOf(added);
  const isSecret = added.group === 'secrets';
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (hasFocus) field.current?.focus();
  }, [hasFocus]);
  const set = (next: Partial<Added> | null): void => change(withAdded(edits, added.key, next));
  const what = added.name.trim() || `the new ${words[added.group].one}`;
  const value = {
    ...ariaOf(form, place, id),
    'aria-label': `Value of ${what}`,
    placeholder: 'Value',
    value: added.value,
    onChange: (event: { target: { value: string } }) => set({ value: event.target.value }),
  };
  return (
    <Line
      path={place}
      form={form}
      id={id}
      name={
        <Input
          {...ariaOf(form, place, id)}
          ref={field}
          aria-label={`Name of the new ${words[added.group].one}`}
          placeholder="NAME"
          value={added.name}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          className="font-mono text-[13px]"
          onChange={(event) => set({ name: event.target.value })}
        />
      }
      value={isSecret ? <SecretValue {...value} /> : <Value {...value} />}
      tag={<span className="rounded bg-busy-wash px-1.5 text-xs leading-5 font-medium text-busy">new</span>}
      actions={<IconButton label={`Don’t add ${what}`} icon={Trash2} onClick={() => set(null)} />}
    />
  );
}
