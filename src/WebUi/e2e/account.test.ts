import { afterAll, beforeAll, expect, test } from 'vitest';
import { Account, password } from './api';
import { openBrowser } from './browser';
import { Server } from './server';

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server[Symbol.asyncDispose]());

test('sign-ins are listed and ended, and another password ends all the others', async () => {
  const account = await Account.make(server.url, 'Ada');
  await using one = await openBrowser(server.url);
  await using other = await openBrowser(server.url);
  await account.signIn(one.page);
  await account.signIn(other.page);
  const { page } = one;
  await page.goto('/app/profile');
  const signIns = page.getByRole('list', { name: 'Sign-ins' }).getByRole('listitem');
  // The two browsers, and the program that made the account.
  await expect.poll(() => signIns.count(), { timeout: 15_000 }).toBe(3);
  expect(await signIns.filter({ hasText: 'this one' }).count()).toBe(1);

  await signIns.filter({ hasText: 'node' }).getByRole('button').click();
  await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
  await expect.poll(() => signIns.count(), { timeout: 15_000 }).toBe(2);
  await expect(account.call('GET', '/api/auth/me')).rejects.toThrow(/unauthorized/i);

  await page.getByLabel('Current password').fill('Wrong-Horse-1');
  await page.getByLabel('New password').fill('Better-Horse-2');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText("This isn't the account's password").waitFor();
  expect(await page.getByLabel('Current password').getAttribute('aria-invalid')).toBe('true');
  await page.getByLabel('Current password').fill(password);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText('Your password is changed').first().waitFor();
  await expect.poll(() => signIns.count(), { timeout: 15_000 }).toBe(1);
  expect(await page.getByLabel('New password').inputValue()).toBe('');

  await other.page.reload();
  await other.page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Profile' }).waitFor();
  expect([...one.complaints, ...other.complaints]).toEqual([]);
});
