const deadline = 60_000;
const step = 100;

/** Asks until the answer is yes, and says what it waited for when that doesn't come. Whatever the question throws ends it at once. */
export async function eventually(question: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + deadline;
  while (!(await question())) {
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, step));
  }
}
