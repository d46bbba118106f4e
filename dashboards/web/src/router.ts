import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

import type { RoleId } from '@/api/types'
import { rooms } from '@/rooms'
import { resume, useSession } from '@/session'

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    open?: boolean
    roles?: RoleId[]
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/login', component: () => import('@/pages/LoginPage.vue'), meta: { title: '登录', open: true } },
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
  if (!me) return { path: '/login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  if (to.meta.roles && !useSession().may(to.meta.roles)) return homeOf()
  return true
})

/** Where a person's work is. */
export function homeOf(): string {
  const { may } = useSession()
  if (may(['analyst'])) return '/triage'
  if (may(['department'])) return '/department'
  if (may(['leader'])) return '/leader'
  return '/'
}
