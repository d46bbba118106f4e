/** The table of acts, which the service reads too: what each is called and which roles may do it. */
import table from '@acts'

import type { RoleId } from '@/api/types'

export type ActName = keyof typeof table

/** Acts that people do; the system's own have no roles. */
export const actNames = (Object.keys(table) as ActName[]).filter((act) => table[act].roles.length > 0)
export const nameOf = (act: ActName): string => table[act].name
/** Who may do it at all; on a case `allowed` of the service says who may now. */
export const rolesOf = (act: ActName): readonly RoleId[] => table[act].roles as RoleId[]
