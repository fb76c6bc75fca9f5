/** Joins the names of classes, leaving out what doesn't apply. */
export function cn(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}
