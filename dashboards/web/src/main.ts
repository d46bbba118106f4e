import 'element-plus/theme-chalk/base.css'
// What appears by a call stands in no template, so nothing else brings its styles.
import 'element-plus/theme-chalk/el-message.css'
import 'element-plus/theme-chalk/el-notification.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import '@/styles/base.css'
import '@/styles/dark.css'
import '@/styles/print.css'

import { createApp } from 'vue'

import { whenSignedOut } from '@/api/client'
import App from '@/App.vue'
import { startTime } from '@/clock/time'
import { keepShell } from '@/frame/shell'
import { followLook } from '@/frame/look'
import { router } from '@/router'
import { leave } from '@/session'

followLook()
const app = createApp(App)
app.use(router)

whenSignedOut(() => {
  leave()
  const here = router.currentRoute.value
  if (here.path !== '/login') void router.replace({ path: '/login', query: { next: here.fullPath, again: '1' } })
})

startTime()
app.mount('#app')
keepShell()
