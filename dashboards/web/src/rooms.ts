/** The rooms of the house: path, name, who may open it. The rail and the router both read this. */
import type { Component } from 'vue'
import { Bell, Calendar, ChatDotSquare, ChatLineSquare, Collection, Connection, DataAnalysis, DataBoard, Finished, Flag, Lock, Message, OfficeBuilding, Position, Promotion, Reading, Stamp, User, Warning } from '@element-plus/icons-vue'

import type { RoleId } from '@/api/types'

export interface Room {
  path: string
  name: string
  icon: Component
  /** Roles that may open it; empty: everyone. */
  roles: RoleId[]
  page: () => Promise<Component>
}

export const rooms: Room[] = [
  { path: '/', name: '值守总览', icon: DataBoard, roles: [], page: () => import('@/pages/OverviewPage.vue') },
  {
    path: '/triage',
    name: '研判台',
    icon: Flag,
    roles: ['analyst', 'publicity', 'auditor'],
    page: () => import('@/pages/TriagePage.vue'),
  },
  { path: '/approvals', name: '待复核', icon: Finished, roles: ['analyst', 'leader', 'admin'], page: () => import('@/pages/ApprovalsPage.vue') },
  { path: '/department', name: '承办台', icon: OfficeBuilding, roles: ['department'], page: () => import('@/pages/DepartmentPage.vue') },
  {
    path: '/leader',
    name: '领导台',
    icon: Stamp,
    roles: ['leader', 'analyst', 'supervision', 'auditor'],
    page: () => import('@/pages/LeaderPage.vue'),
  },
  {
    path: '/ledger',
    name: '台账',
    icon: Collection,
    roles: ['analyst', 'department', 'publicity', 'supervision', 'leader', 'auditor'],
    page: () => import('@/pages/LedgerPage.vue'),
  },
  { path: '/scorecard', name: '考核', icon: DataAnalysis, roles: [], page: () => import('@/pages/ScorecardPage.vue') },
  { path: '/supervision', name: '督查', icon: Warning, roles: ['supervision', 'leader', 'analyst', 'auditor'], page: () => import('@/pages/SupervisionPage.vue') },
  { path: '/publicity', name: '宣传', icon: ChatDotSquare, roles: ['publicity'], page: () => import('@/pages/PublicityPage.vue') },
  {
    path: '/mentions',
    name: '信息检索',
    icon: ChatLineSquare,
    roles: ['analyst', 'publicity', 'supervision', 'leader', 'auditor'],
    page: () => import('@/pages/MentionsPage.vue'),
  },
  {
    path: '/posts',
    name: '官方发布',
    icon: Position,
    roles: ['analyst', 'department', 'publicity', 'supervision', 'auditor', 'admin'],
    page: () => import('@/pages/PostsPage.vue'),
  },
  { path: '/sources', name: '信源', icon: Connection, roles: ['analyst', 'admin', 'auditor'], page: () => import('@/pages/SourcesPage.vue') },
  {
    path: '/rules',
    name: '规则',
    icon: Reading,
    roles: ['analyst', 'publicity', 'supervision', 'leader', 'auditor', 'admin'],
    page: () => import('@/pages/RulesPage.vue'),
  },
  { path: '/roster', name: '值班表', icon: Calendar, roles: [], page: () => import('@/pages/RosterPage.vue') },
  { path: '/record', name: '审计记录', icon: Lock, roles: ['auditor', 'admin'], page: () => import('@/pages/RecordPage.vue') },
  { path: '/deliveries', name: '通知投递', icon: Promotion, roles: ['analyst', 'supervision', 'auditor', 'admin'], page: () => import('@/pages/DeliveriesPage.vue') },
  { path: '/channels', name: '通知渠道', icon: Message, roles: ['analyst', 'supervision', 'auditor', 'admin'], page: () => import('@/pages/ChannelsPage.vue') },
  { path: '/users', name: '用户管理', icon: User, roles: ['admin'], page: () => import('@/pages/UsersPage.vue') },
  { path: '/notifications', name: '我的通知', icon: Bell, roles: [], page: () => import('@/pages/NotificationsPage.vue') },
]
