import { useMutation } from '@tanstack/react-query';
import { Monitor, Moon, Sun, type LucideIcon } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { api, body } from '@/api/client';
import type { User } from '@/api/types';
import { session, useUser } from '@/auth';
import { Confirm, PageHeader, Time } from '@/components/basics';
import { Button } from '@/components/ui/button';
import { Fact, Facts, Section } from '@/components/ui/card';
import { errorsOf, Field, FormError, Input, valuesOf } from '@/components/ui/form';
import { toast } from '@/components/ui/toast';
import { cn } from '@/lib/cn';
import { useTitle } from '@/lib/hooks';
import { setTheme, useTheme, type Theme } from '@/lib/theme';

export function Profile() {
  useTitle('Profile');
  const user = useUser();
  if (!user) return null;
  return (
    <>
      <PageHeader title="Profile" />
      <div className="max-w-3xl space-y-6">
        <EditProfile key={user.id} user={user} />
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

function SignIns() {
  const [isAsking, setIsAsking] = useState(false);
  return (
    <Section title="Sign-ins" description="Ends every sign-in of yours, on this and on all other devices. API keys go on working.">
      <Button variant="dangerQuiet" onClick={() => setIsAsking(true)}>
        Sign out everywhere
      </Button>
      <Confirm open={isAsking} onClose={() => setIsAsking(false)} title="Sign out everywhere?" action="Sign out everywhere" onConfirm={() => session.signOut(true)}>
        You are signed out here too.
      </Confirm>
    </Section>
  );
}
