// @vitest-environment jsdom
import { cleanup, render, screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiError } from '@/api/problem';
import { Confirm, SearchBox } from './basics';
import { errorsOf, Field, FormError, Input } from './ui/form';

beforeAll(() => {
  // jsdom has the element, but not what it does.
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
  };
});
afterEach(cleanup);

describe('Confirm', () => {
  const show = (onConfirm: () => Promise<unknown>, onClose = vi.fn()) => {
    render(
      <Confirm open onClose={onClose} title="Delete?" action="Delete it" typed="my stack" onConfirm={onConfirm}>
        Nothing brings it back.
      </Confirm>,
    );
    return onClose;
  };

  it('does nothing before the name is typed', async () => {
    const onConfirm = vi.fn(async () => undefined);
    const onClose = show(onConfirm);
    const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Delete it' });
    await userEvent.type(screen.getByRole('textbox'), 'my stac{Enter}');
    expect(button.disabled).toBe(true);
    expect(onConfirm).not.toHaveBeenCalled();
    await userEvent.type(screen.getByRole('textbox'), 'k{Enter}');
    expect(onConfirm).toHaveBeenCalledOnce();
    await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
  });

  it('stays open and shows the server’s sentence when it is refused', async () => {
    const onClose = show(() => Promise.reject(new ApiError(409, 'It is being deleted already.', {}, 'abc')));
    await userEvent.type(screen.getByRole('textbox'), 'my stack{Enter}');
    expect((await screen.findByRole('alert')).textContent).toBe('It is being deleted already.trace abc');
    expect(onClose).not.toHaveBeenCalled();
  });
});

describe('SearchBox', () => {
  it('asks once a person stops typing', async () => {
    const onChange = vi.fn();
    render(<SearchBox value="" onChange={onChange} label="Search" />);
    await userEvent.type(screen.getByRole('searchbox'), 'invoice');
    await waitFor(() => expect(onChange).toHaveBeenCalled());
    expect(onChange.mock.calls).toEqual([['invoice']]);
  });

  it('shows what the address says when that changes by other means', () => {
    const { rerender } = render(<SearchBox value="a" onChange={() => undefined} label="Search" />);
    rerender(<SearchBox value="b" onChange={() => undefined} label="Search" />);
    expect(screen.getByRole<HTMLInputElement>('searchbox').value).toBe('b');
  });
});

describe('a form', () => {
  it('shows each field’s sentences beside it, and the others above', () => {
    const error = new ApiError(422, 'all of it', { name: ['Too long.', 'Too odd.'], other: ['Not like this.'] });
    const errors = errorsOf(error, ['name']);
    render(
      <>
        <FormError error={error} fields={['name']} />
        <Field label="Name" hint="A hint." errors={errors.of('name')}>
          {(aria) => <Input {...aria} />}
        </Field>
      </>,
    );
    const input = screen.getByRole('textbox', { name: 'Name' });
    expect(input.getAttribute('aria-invalid')).toBe('true');
    const described = input.getAttribute('aria-describedby')!.split(' ').map((id) => document.getElementById(id)?.textContent);
    expect(described).toEqual(['A hint.', 'Too long. Too odd.']);
    expect(screen.getByRole('alert').textContent).toBe('other: Not like this.');
  });

  it('says nothing when there is nothing to say', () => {
    const { container } = render(<FormError error={null} />);
    expect(container.textContent).toBe('');
  });
});

describe('ApiError', () => {
  it('reads a problem, its fields, its trace and when to come back', async () => {
    const error = await ApiError.of(
      Response.json({ detail: 'Too many.', errors: { a: ['b'], odd: 'text' }, trace_id: 't' }, { status: 429, headers: { 'Retry-After': '7' } }),
    );
    expect(error).toMatchObject({ status: 429, message: 'Too many.', errors: { a: ['b'], odd: ['text'] }, traceId: 't', retryAfter: 7 });
  });

  it('makes a sentence of an answer that isn’t the server’s', async () => {
    for (const body of ['<html>Bad gateway</html>', '{"detail": [{"msg": "no text"}]}', 'null'])
      expect((await ApiError.of(new Response(body, { status: 502 }))).message).toBe('The server answered 502 without saying why.');
  });
});
