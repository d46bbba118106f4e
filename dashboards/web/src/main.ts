import 'element-plus/dist/index.css'
import '@/styles/base.css'
import '@/styles/print.css'

import { createApp } from 'vue'

import { whenSignedOut } from '@/api/client'
import App from '@/App.vue'
import { startTime } from '@/clock/time'
import { useElements } from '@/elements'
import { router } from '@/router'
import { leave } from '@/session'

const app = createApp(App)
useElements(app)
app.use(router)

whenSignedOut(() => {
  leave()
  const here = router.currentRoute.value
  if (here.path !== '/login') void router.replace({ path: '/login', query: { next: here.fullPath, again: '1' } })
})

startTime()
app.mount('#app')
