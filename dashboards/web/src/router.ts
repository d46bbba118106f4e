import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

import type { RoleId } from '@/api/types'
import { toast } from '@/frame/toast'
import { rooms } from '@/rooms'
import { resume, useSession } from '@/session'
import { roleWord } from '@/words/terms'

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    open?: boolean
    /** Without the frame: the wall. */
    whole?: boolean
    roles?: RoleId[]
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/login', component: () => import('@/pages/LoginPage.vue'), meta: { title: '登录', open: true } },
  { path: '/offline', component: () => import('@/pages/OfflinePage.vue'), meta: { title: '连不上服务', open: true } },
  ...rooms.map((room): RouteRecordRaw => ({ path: room.path, component: room.page, meta: { title: room.name, roles: room.roles } })),
  {
    path: '/triage/:id',
    component: () => import('@/pages/TriagePage.vue'),
    meta: { title: '研判台', roles: ['analyst', 'publicity', 'auditor'] },
  },
  {
    path: '/department/:id',
    component: () => import('@/pages/DepartmentCasePage.vue'),
    meta: { title: '承办事项', roles: ['department'] },
  },
  { path: '/drill', component: () => import('@/pages/DrillPage.vue'), meta: { title: '演练小结' } },
  { path: '/wall', component: () => import('@/pages/WallPage.vue'), meta: { title: '值守大屏', whole: true, roles: ['analyst', 'leader', 'supervision', 'publicity', 'auditor', 'admin'] } },
  { path: '/incidents/:id', component: () => import('@/pages/IncidentPage.vue'), meta: { title: '事件详情' } },
  { path: '/:rest(.*)*', component: () => import('@/pages/NotFoundPage.vue'), meta: { title: '没有这个页面' } },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach(async (to) => {
  document.title = to.meta.title ? `${to.meta.title} · 回应` : '回应'
  const me = await resume()
  if (to.meta.open) return me && to.path === '/login' ? homeOf() : true
  if (!me && useSession().away.value) return { path: '/offline', query: { next: to.fullPath } }
  if (!me) return { path: '/login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  const { may, roles } = useSession()
  if (to.meta.roles && !may(to.meta.roles)) {
    const mine = roles.value.map(roleWord).join('、') || '没有角色'
    toast(`您的角色（${mine}）不能打开“${to.meta.title}”，已回到您的工作台；如需要，请联系系统管理员`, 'warning')
    return homeOf()
  }
  return true
})

/** Where a person's work is. */
export function homeOf(): string {
  const { may } = useSession()
  if (may(['analyst'])) return '/triage'
  if (may(['department'])) return '/department'
  if (may(['leader'])) return '/leader'
  if (may(['supervision'])) return '/supervision'
  if (may(['publicity'])) return '/publicity'
  if (may(['auditor'])) return '/record'
  return '/'
}

/** A path to go on to, if it is one of our own: never another site. */
export function ownPath(wanted: unknown): string | undefined {
  return typeof wanted === 'string' && /^\/(?![/\\])/.test(wanted) ? wanted : undefined
}
