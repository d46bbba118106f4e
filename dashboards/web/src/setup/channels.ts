/** What to write where, so that a channel works: secrets stay in the configuration, never on a page. */

export interface ChannelHelp {
  /** What it does, in one sentence. */
  does: string
  /** The lines of `huiying.toml`. */
  toml: string
  /** What else is needed. */
  needs: string
  /** What a test is sent to: a mailbox, a user, a place that has a robot. */
  to?: string
}

const robot = (id: string) => `[notify.${id}]\nurl = "机器人的 webhook 地址"\nsecret = "加签密钥（机器人开了加签才要）"\n\n[notify.${id}.bodies.ecology]   # 某个单位自己的群，可不写\nurl = "该群机器人的 webhook 地址"`

export const channelHelp: Record<string, ChannelHelp> = {
  in_app: { does: '登录后在“我的通知”里看到，总是可用。', toml: '', needs: '值班人要关联账号。', to: '收通知的登录名' },
  smtp: {
    does: '发电子邮件给值班表和单位联系人里的邮箱。',
    toml: '[notify.smtp]\nhost = "smtp.example.gov.cn"\ntls = "starttls"          # 或 "implicit"\nusername = "huiying"\npassword = "邮箱密码或授权码"\nfrom = "回应值班 <huiying@example.gov.cn>"',
    needs: '值班表和单位联系人里要写邮箱。',
    to: '收件邮箱',
  },
  webhook: {
    does: '把每条通知以签名的 HTTP 请求推送给另一个系统。',
    toml: '[notify.webhook]\nurl = "https://oa.example.gov.cn/huiying"\nsecret = "双方约定的密钥，至少 16 个字符"',
    needs: '对方按签名核对来源。',
  },
  wecom: { does: '发到企业微信群机器人。', toml: robot('wecom'), needs: '在企业微信群里添加机器人，取得 webhook 地址。', to: '有机器人的单位编号（不填则全部）' },
  dingtalk: { does: '发到钉钉群机器人。', toml: robot('dingtalk'), needs: '在钉钉群里添加自定义机器人，安全设置选“加签”。', to: '有机器人的单位编号（不填则全部）' },
  feishu: { does: '发到飞书群机器人。', toml: robot('feishu'), needs: '在飞书群里添加自定义机器人。', to: '有机器人的单位编号（不填则全部）' },
}
