/** A dialable number alone makes a link: the rules that ship hold examples that nobody can call. */
export function dialable(phone: string | null | undefined): string | null {
  const number = phone ?? ''
  return /^\+?[\d\s()-]{3,}$/.test(number) ? number.replace(/[^\d+]/g, '') : null
}
