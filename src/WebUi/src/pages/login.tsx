import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { Info } from 'lucide-react';
import { useEffect, type FormEvent, type ReactNode } from 'react';
import { ApiError } from '@/api/problem';
import { session, useSession } from '@/auth';
import { Logo } from '@/components/logo';
import { Button } from '@/components/ui/button';
import { errorsOf, Field, FormError, Input, valuesOf } from '@/components/ui/form';
import { useTitle } from '@/lib/hooks';

const link = 'font-medium text-accent-ink underline underline-offset-2';

export function Login() {
  useTitle('Sign in');
  const { to, expired } = useSearch({ from: '/public/login' });
  useGoOn(to);
  const signIn = useMutation({
    mutationFn: ({ email = '', password = '' }: Record<string, string>) => session.signIn(email, password),
    meta: { inline: true },
  });
  const fields = ['email', 'password'];
  const errors = errorsOf(signIn.error, fields);
  return (
    <Frame title="Sign in" foot={<>No account yet? <Link to="/register" search={{ to }} className={link}>Register</Link></>}>
      {expired && !signIn.error && (
        <p role="status" className="flex items-start gap-2 rounded-md bg-busy-wash px-3 py-2.5 text-busy">
          <Info size={16} className="mt-0.5 shrink-0" aria-hidden />
          Your sign-in has ended. Sign in again, and you are back where you were.
        </p>
      )}
      <Form onSubmit={(values) => signIn.mutate(values)}>
        <FormError error={signIn.error} fields={fields} />
        <Field label="E-mail" errors={errors.of('email')}>
          {(aria) => <Input {...aria} name="email" type="email" autoComplete="username" required autoFocus />}
        </Field>
        <Field label="Password" errors={errors.of('password')}>
          {(aria) => <Input {...aria} name="password" type="password" autoComplete="current-password" required />}
        </Field>
        <Button type="submit" variant="primary" className="w-full" busy={signIn.isPending}>
          Sign in
        </Button>
      </Form>
    </Frame>
  );
}

export function Register() {
  useTitle('Register');
  const { to } = useSearch({ from: '/public/register' });
  useGoOn(to);
  const register = useMutation({
    mutationFn: async (values: Record<string, string>) => {
      const response = await fetch('/api/auth/register', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(values),
      }).catch(() => {
        throw ApiError.unreachable();
      });
      if (!response.ok) throw await ApiError.of(response);
      await session.signIn(values['email'] ?? '', values['password'] ?? '');
    },
    meta: { inline: true },
  });
  const fields = ['full_name', 'email', 'password'];
  const errors = errorsOf(register.error, fields);
  return (
    <Frame title="Make an account" foot={<>Registered already? <Link to="/login" search={{ to }} className={link}>Sign in</Link></>}>
      <Form onSubmit={(values) => register.mutate(values)}>
        <FormError error={register.error} fields={fields} />
        <Field label="Name" errors={errors.of('full_name')}>
          {(aria) => <Input {...aria} name="full_name" autoComplete="name" required maxLength={255} autoFocus />}
        </Field>
        <Field label="E-mail" errors={errors.of('email')}>
          {(aria) => <Input {...aria} name="email" type="email" autoComplete="username" required />}
        </Field>
        <Field label="Password" hint="8 characters or more, with an upper-case letter, a lower-case letter and a digit." errors={errors.of('password')}>
          {(aria) => <Input {...aria} name="password" type="password" autoComplete="new-password" required />}
        </Field>
        <Button type="submit" variant="primary" className="w-full" busy={register.isPending}>
          Register
        </Button>
      </Form>
    </Frame>
  );
}

/** Leaves as soon as the browser is signed in, here or in another tab. */
function useGoOn(to: string | undefined): void {
  const { status } = useSession();
  const navigate = useNavigate();
  const router = useRouter();
  useEffect(() => {
    if (status !== 'signed-in') return;
    if (to === undefined) void navigate({ to: '/', replace: true });
    else router.history.replace(`/app${to}`);
  }, [status, to, navigate, router]);
}

function Form({ onSubmit, children }: { onSubmit: (values: Record<string, string>) => void; children: ReactNode }) {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onSubmit(valuesOf(event.currentTarget));
  };
  return (
    <form onSubmit={submit} noValidate className="space-y-4">
      {children}
    </form>
  );
}

function Frame({ title, foot, children }: { title: string; foot: ReactNode; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="w-full max-w-[23rem]">
        <div className="mb-6 flex flex-col items-center gap-4 text-center">
          <Logo size={44} />
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        </div>
        <div className="space-y-4 rounded-xl border border-line bg-surface p-5 sm:p-6">{children}</div>
        <p className="mt-5 text-center text-soft">{foot}</p>
      </div>
    </main>
  );
}
