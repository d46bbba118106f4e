/** What is left to do before the service is of use, in order. */
import type { Overview } from '@/api/types'

export interface Step {
  title: string
  hint: string
  done: boolean
  /** Where it is done, if on a page. */
  to?: string
}

/** The first steps of a new installation. */
export function firstSteps(setup: NonNullable<Overview['setup']>, admin: boolean): Step[] {
  const sources = setup.sources_configured
  const ask = admin ? '' : '（由系统管理员完成）'
  return [
    {
      title: '载入规则',
      hint: setup.rules_loaded ? '时限、单位、主题和值班表已载入。' : '启动参数 --rules 指向的目录里没有可用的规则；请运行 huiying rules check 查看原因。',
      done: setup.rules_loaded,
    },
    {
      title: '建立用户',
      hint: setup.users > 1 ? `已有 ${setup.users} 个用户。` : `目前只有管理员。请为研判员、各承办单位和领导建立账号${ask}。`,
      done: setup.users > 1,
      to: admin ? '/users' : undefined,
    },
    {
      title: '配置信源',
      hint: sources > 0 ? '信源已配置，采集会自动进行。' : `还没有启用的信源。请在 rules/sources/ 中添加，例子见该目录${ask}。`,
      done: sources > 0,
      to: '/sources',
    },
    {
      title: '收到第一条信息',
      hint:
        setup.mentions > 0
          ? `已收到 ${setup.mentions} 条信息。`
          : '等待采集，或导入已有数据：huiying import 文件 --format mentions；也可由授权系统推送到 /api/v1/mentions。',
      done: setup.mentions > 0,
    },
  ]
}
