const deadline = 60_000;
const step = 100;

/** Asks until there is an answer, and says what it waited for when none comes. Whatever the question throws ends it at once. */
export async function eventually<T>(question: () => Promise<T | false>, what: string): Promise<T> {
  const end = Date.now() + deadline;
  for (;;) {
    const answer = await question();
    if (answer !== false) return answer;
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, step));
  }
}
