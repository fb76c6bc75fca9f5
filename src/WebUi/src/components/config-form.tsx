import { History } from 'lucide-react';
import type { ReactNode } from 'react';
import type { AgentConfig } from '@/api/types';
import { cn } from '@/lib/cn';
import { kinds, originOf, ownTextOf, textOf, withField, type Edits, type Field as Path, type Origin, type Sentences } from '@/lib/agent-config';
import { Field, Input, Select, Textarea } from './ui/form';

/** What the parts of the form share. */
export interface ConfigForm {
  /** What the edits are about. */
  readonly config: AgentConfig;
  readonly edits: Edits;
  /** What is wrong, by where it is shown. */
  readonly errors: Sentences;
  /** What somebody else changed too, likewise. */
  readonly conflicts: Sentences;
  readonly change: (edits: Edits) => void;
}

const origins: Record<Origin, { word: string; title: string }> = {
  api: { word: 'set here', title: 'Set through the API or on this page' },
  code: { word: 'agent.yaml', title: 'Said by the agent.yaml in the code' },
  server: { word: 'server', title: 'Left to the server’s settings' },
};

/** What somebody set stands out; what nobody said anything about, which is most of it, doesn't. */
const looks: Record<Origin, string> = { api: 'bg-accent-wash text-accent-ink', code: 'bg-idle-wash font-mono text-idle', server: 'px-0! text-soft' };

/** Where a value comes from, or that it is about to be another one. */
export function OriginTag({ origin, isChanged = false }: { origin: Origin; isChanged?: boolean }) {
  const { word, title } = origins[origin];
  const look = 'rounded px-1.5 text-xs leading-5 whitespace-nowrap';
  return isChanged ? (
    <span className={cn(look, 'bg-busy-wash font-medium text-busy')}>changed</span>
  ) : (
    <span title={title} className={cn(look, looks[origin])}>
      {word}
    </span>
  );
}

/** What somebody else did to the same. */
export function Conflict({ id, sentences = [] }: { id: string; sentences?: readonly string[] | undefined }) {
  if (sentences.length === 0) return null;
  return (
    <p id={id} className="flex items-start gap-1.5 text-[13px] text-warn">
      <History size={14} className="mt-[3px] shrink-0" aria-hidden />
      <span className="min-w-0 break-words">{sentences.join(' ')}</span>
    </p>
  );
}

interface SettingProps {
  form: ConfigForm;
  path: Path;
  label: string;
  hint?: ReactNode;
}

/** One setting. It holds what was set here; what the code says shows through when it is empty, and counts then. */
export function Setting({ form: { config, edits, errors, conflicts, change }, path, label, hint }: SettingProps) {
  const text = edits.fields[path] ?? ownTextOf(config, path);
  const origin = originOf(config, path);
  const below = origin === 'code' ? textOf(config, path) : '';
  const set = (value: string): void => change(withField(edits, config, path, value));
  const shared = {
    value: text,
    autoComplete: 'off',
    spellCheck: false,
    className: 'font-mono text-[13px]',
    placeholder: below || undefined,
  };
  const conflict = conflicts[path];
  return (
    <Field
      label={label}
      errors={errors[path]}
      aside={<OriginTag origin={origin} isChanged={path in edits.fields} />}
      hint={
        hint || conflict ? (
          <>
            {hint}
            {conflict && <span className="block text-warn">{conflict.join(' ')}</span>}
          </>
        ) : undefined
      }
    >
      {(aria) => {
        switch (kinds[path]) {
          case 'list':
            return <Textarea {...aria} {...shared} rows={2} className="field-sizing-content max-h-80 min-h-16! font-mono text-[13px]" onChange={(event) => set(event.target.value)} />;
          case 'boolean':
            return (
              <Select {...aria} value={text} onChange={(event) => set(event.target.value)}>
                <option value="">{below === '' ? 'As the server does: yes' : `As agent.yaml says: ${below === 'true' ? 'yes' : 'no'}`}</option>
                <option value="true">Yes</option>
                <option value="false">No</option>
              </Select>
            );
          default:
            return <Input {...aria} {...shared} inputMode={kinds[path] === 'number' ? 'numeric' : undefined} onChange={(event) => set(event.target.value)} />;
        }
      }}
    </Field>
  );
}
