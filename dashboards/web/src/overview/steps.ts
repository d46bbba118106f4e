/** What is left to do before the service is of use, in order; ticked only where the service itself sees that it is done. */
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
  const ask = admin ? '' : '（由系统管理员完成）'
  const missing = [setup.analysts === 0 && '研判员', setup.bodies_with_users === 0 && '承办单位', setup.leaders === 0 && '领导'].filter(Boolean)
  const steps: Step[] = [
    {
      title: '载入规则',
      hint: setup.rules_loaded ? '时限、单位、主题和值班表已载入。' : '启动参数 --rules 指向的目录里没有可用的规则；请运行 huiying rules check 查看原因。',
      done: setup.rules_loaded,
      to: '/rules?view=files',
    },
    {
      title: '建立用户',
      hint: missing.length === 0 ? `已有 ${setup.users} 个用户，${setup.bodies_with_users} 个单位有账号。` : `还缺${missing.join('、')}的账号${ask}。`,
      done: missing.length === 0,
      to: '/users',
    },
    {
      title: '排好值班表',
      hint:
        setup.holders === 0
          ? `还没有值班表${ask}。`
          : setup.holders_unreached === 0
            ? `${setup.holders} 人都能收到通知。`
            : `值班表上 ${setup.holders} 人，其中 ${setup.holders_unreached} 人没有可用的账号或其他渠道，收不到通知；请在值班表中关联账号${ask}。`,
      done: setup.holders > 0 && setup.holders_unreached === 0,
      to: '/roster',
    },
    {
      title: '添加信源',
      hint:
        setup.sources_read > 0
          ? `${setup.sources_configured} 个信源已启用，${setup.sources_read} 个已采到。`
          : setup.sources_configured > 0
            ? `${setup.sources_configured} 个信源已启用，还没有一个采到内容；请到信源页看原因。`
            : `还没有启用的信源；写一个网址即可添加${ask}。`,
      done: setup.sources_read > 0,
      to: '/sources',
    },
    {
      title: '写明采集联系方式',
      hint: setup.contact_known ? '采集时会向网站方表明身份。' : `还没有写明单位邮箱、网址或电话，网站方有疑问时找不到本单位${admin ? '；下次在终端启动时会问，也可写在配置文件的 [collect] contact 中' : ask}。`,
      done: setup.contact_known,
    },
    {
      title: '改成本地关注的主题',
      hint: setup.topics_changed > 0 ? `已按本地情况改过 ${setup.topics_changed} 个主题。` : `随产品带来的主题可以直接用；请按本地情况改一两个，保存前可试、可回测${ask}。`,
      done: setup.topics_changed > 0,
      to: '/rules?view=topics',
    },
    {
      title: '试通一个通知渠道',
      hint:
        setup.channels_tested > 0
          ? `${setup.channels_tested} 个渠道试通。`
          : setup.channels > 0
            ? `已配置 ${setup.channels} 个渠道，还没有试通；请发一条测试通知${ask}。`
            : `现在只有站内通知，不登录就收不到提醒；请配置邮件或群机器人，并发一条测试通知${ask}。`,
      done: setup.channels_tested > 0,
      to: '/channels',
    },
    {
      title: '收到第一条信息',
      hint:
        setup.mentions > 0
          ? `已收到 ${setup.mentions} 条信息。`
          : admin ? '等待采集，或导入已有数据：huiying import 文件 --format mentions；也可由授权系统推送到 /api/v1/mentions。' : `等待采集，或导入已有数据${ask}。`,
      done: setup.mentions > 0,
    },
  ]
  return admin ? steps : steps.map((step) => ({ ...step, to: step.to === '/roster' ? step.to : undefined }))
}
