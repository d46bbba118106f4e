/** When a clock is called for (`domain.md` §5), in the words of the office. */
import type { Grade } from '@/api/types'
import { gradeWord } from '@/words/terms'

const occasions: Record<string, string> = {
  response: '其余情形',
  acknowledge: '每项交办',
  part: '每项协办',
  referral: '提出移交线索',
  supervision: '启动重点督查',
  instruction: '领导批示并定期限',
  rectification: '责令限期整改',
  order: '上级交办并定期限',
  weibo_repost: '市级发布涉及该单位',
  wechat_repost: '市级发布涉及该单位',
}

/** Whose grade counts, and what else must be so. */
const graded: Record<string, (grade: string) => string> = {
  update: (grade) => `最高等级达到${grade}，且已有发布`,
  consultation: (grade) => `舆情等级达到${grade}且敏感，经人定级`,
}

export function calledFor(kind: string, atLeast: Grade | null | undefined): string {
  if (!atLeast) return occasions[kind] ?? '该事项发生时'
  const grade = gradeWord(atLeast)
  return graded[kind]?.(grade) ?? `事件等级达到${grade}`
}
