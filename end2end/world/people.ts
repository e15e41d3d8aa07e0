import type { Tiebreak } from "./tiebreak.ts";

/** The four roles (UX 4). */
export const ROLES = ["viewer", "resolver", "lead", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Somebody who can sign in. */
export type Person = { name: string; email: string; password: string };

/** One person of every role. */
export const PEOPLE: Record<Role, Person> = {
  viewer: { name: "Vera Nowak", email: "vera@northfield.test", password: "reads the night report" },
  resolver: { name: "Theo Ruiz", email: "theo@northfield.test", password: "decides before lunch" },
  lead: { name: "Mara Lind", email: "mara@northfield.test", password: "leads the registrar's desk" },
  admin: { name: "Ada Brandt", email: "ada@northfield.test", password: "sets every rule herself" },
};

/** Makes them all. */
export async function addPeople(tiebreak: Tiebreak): Promise<void> {
  for (const role of ROLES) {
    const { name, email, password } = PEOPLE[role];
    const args = ["person", "add", email, "--name", name, "--role", role, "--school", "northfield"];
    await tiebreak.run(args, `${password}\n`);
  }
}
