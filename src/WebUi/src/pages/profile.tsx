import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, Monitor, Moon, Sun, type LucideIcon } from 'lucide-react';
import { useRef, useState, type FormEvent } from 'react';
import { api, body } from '@/api/client';
import { loginsQuery } from '@/api/queries';
import type { LoginSummary, User } from '@/api/types';
import { session, useUser } from '@/auth';
import { Confirm, LoadError, PageHeader, Time } from '@/components/basics';
import { Button } from '@/components/ui/button';
import { Fact, Facts, Section, Skeleton } from '@/components/ui/card';
import { errorsOf, Field, FormError, Input, valuesOf } from '@/components/ui/form';
import { toast } from '@/components/ui/toast';
import { cn } from '@/lib/cn';
import { useTitle } from '@/lib/hooks';
import { setTheme, useTheme, type Theme } from '@/lib/theme';
import { programOf } from '@/lib/userAgent';

export function Profile() {
  useTitle('Profile');
  const user = useUser();
  if (!user) return null;
  return (
    <>
      <PageHeader title="Profile" />
      <div className="max-w-3xl space-y-6">
        <EditProfile key={user.id} user={user} />
        <ChangePassword user={user} />
        <Section title="Theme">
          <ThemeChoice />
        </Section>
        <SignIns />
      </div>
    </>
  );
}

function EditProfile({ user }: { user: User }) {
  const save = useMutation({
    mutationFn: ({ full_name = '', notification_webhook_url = '' }: Record<string, string>) =>
      body(api.PUT('/api/auth/me', { body: { full_name, notification_webhook_url } })),
    meta: { inline: true },
    onSuccess: (saved) => {
      session.updateUser(saved);
      toast('Your profile is saved.');
    },
  });
  const fields = ['full_name', 'notification_webhook_url'];
  const errors = errorsOf(save.error, fields);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    save.mutate(valuesOf(event.currentTarget));
  };
  return (
    <Section title="Account">
      <Facts>
        <Fact name="E-mail"><span className="break-all">{user.email}</span></Fact>
        <Fact name="Registered"><Time value={user.created_at} /></Fact>
      </Facts>
      <form onSubmit={submit} noValidate className="mt-5 space-y-4 border-t border-line pt-5">
        <FormError error={save.error} fields={fields} />
        <Field label="Name" errors={errors.of('full_name')}>
          {(aria) => <Input {...aria} name="full_name" defaultValue={user.full_name} autoComplete="name" required />}
        </Field>
        <Field
          label="Webhook for status changes"
          optional
          hint="Gets a text, in the format that Lark understands, when a session of yours ends or waits. For more, see Notifications."
          errors={errors.of('notification_webhook_url')}
        >
          {(aria) => (
            <Input {...aria} name="notification_webhook_url" type="url" placeholder="https://example.com/hook" defaultValue={user.notification_webhook_url ?? ''} autoComplete="off" />
          )}
        </Field>
        <Button type="submit" busy={save.isPending}>
          Save
        </Button>
      </form>
    </Section>
  );
}

const themes: [Theme, string, LucideIcon][] = [
  ['system', 'As the system', Monitor],
  ['light', 'Light', Sun],
  ['dark', 'Dark', Moon],
];

function ThemeChoice() {
  const theme = useTheme();
  return (
    <fieldset>
      <legend className="sr-only">Theme</legend>
      <div className="grid grid-cols-1 gap-2 sm:grid-cols-3">
        {themes.map(([value, name, Icon]) => (
          <label
            key={value}
            className={cn(
              'flex cursor-pointer items-center gap-2.5 rounded-lg border px-3 py-2.5 focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent-ink',
              theme === value ? 'border-accent-ink bg-accent-wash text-accent-ink' : 'border-line hover:bg-sunken',
            )}
          >
            <input type="radio" name="theme" className="sr-only" checked={theme === value} onChange={() => setTheme(value)} />
            <Icon size={16} aria-hidden />
            {name}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function ChangePassword({ user }: { user: User }) {
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const save = useMutation({
    mutationFn: (change: { current_password: string; new_password: string }) => body(api.PUT('/api/auth/password', { body: change })),
    meta: { inline: true },
    onSuccess: () => {
      form.current?.reset();
      toast('Your password is changed. Every other sign-in has ended.');
      return client.invalidateQueries({ queryKey: loginsQuery.queryKey });
    },
  });
  const fields = ['current_password', 'new_password'];
  const errors = errorsOf(save.error, fields);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { current_password = '', new_password = '' } = valuesOf(event.currentTarget);
    save.mutate({ current_password, new_password });
  };
  return (
    <Section title="Password" description="Another one ends every sign-in but this. API keys go on working.">
      <form ref={form} onSubmit={submit} noValidate className="space-y-4">
        <FormError error={save.error} fields={fields} />
        {/* Password managers look here for the account that the passwords belong to. */}
        <input type="text" autoComplete="username" value={user.email} readOnly hidden />
        <Field label="Current password" errors={errors.of('current_password')}>
          {(aria) => <Input {...aria} name="current_password" type="password" autoComplete="current-password" required />}
        </Field>
        <Field label="New password" hint="8 to 128 characters, with an upper-case letter, a lower-case letter and a digit." errors={errors.of('new_password')}>
          {(aria) => <Input {...aria} name="new_password" type="password" autoComplete="new-password" required />}
        </Field>
        <Button type="submit" busy={save.isPending}>
          Change the password
        </Button>
      </form>
    </Section>
  );
}

function SignIns() {
  const logins = useQuery(loginsQuery);
  const client = useQueryClient();
  const [ending, setEnding] = useState<LoginSummary | null>(null);
  const [isAsking, setIsAsking] = useState(false);
  return (
    <Section title="Sign-ins" description="Browsers and programs that stay signed in with your password.">
      {!logins.data ? (
        logins.error ? (
          <LoadError error={logins.error} onRetry={() => void logins.refetch()} />
        ) : (
          <Skeleton className="h-24 rounded-lg" />
        )
      ) : (
        <ul aria-label="Sign-ins" className="divide-y divide-line border-y border-line">
          {logins.data.logins.map((login) => (
            <li key={login.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3">
              <div className="min-w-0 flex-1 basis-56">
                <p className="flex flex-wrap items-center gap-x-2 font-medium">
                  <span className="break-all">{programOf(login.user_agent)}</span>
                  {login.current && (
                    <span className="inline-flex items-center gap-1 rounded-full bg-good-wash px-2 text-[12px] leading-5 text-good">
                      <CircleCheck size={12} aria-hidden />
                      this one
                    </span>
                  )}
                </p>
                <p className="flex flex-wrap gap-x-2 text-[13px] text-soft">
                  {login.address && <span className="font-mono">{login.address}</span>}
                  <span>
                    used <Time value={login.last_used_at} />
                  </span>
                  <span>
                    since <Time value={login.created_at} />
                  </span>
                </p>
              </div>
              {!login.current && (
                <Button size="sm" onClick={() => setEnding(login)} aria-label={`End the sign-in of ${programOf(login.user_agent)}`}>
                  End
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <Button variant="dangerQuiet" className="mt-4" onClick={() => setIsAsking(true)}>
        Sign out everywhere
      </Button>
      <Confirm open={isAsking} onClose={() => setIsAsking(false)} title="Sign out everywhere?" action="Sign out everywhere" onConfirm={() => session.signOut(true)}>
        Every sign-in of yours ends, on all devices and here. API keys go on working.
      </Confirm>
      <Confirm
        open={ending !== null}
        onClose={() => setEnding(null)}
        title={`End the sign-in of ${programOf(ending?.user_agent ?? null)}?`}
        action="End it"
        onConfirm={async () => {
          if (!ending) return;
          await body(api.DELETE('/api/auth/logins/{id}', { params: { path: { id: ending.id } } }));
          toast('The sign-in has ended.');
          await client.invalidateQueries({ queryKey: loginsQuery.queryKey });
        }}
      >
        It asks for the password before it goes on. If you don’t know it, change your password too.
      </Confirm>
    </Section>
  );
}
