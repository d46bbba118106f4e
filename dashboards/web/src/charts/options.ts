/** What ECharts is told to draw, from data alone: pure, so that it can be tested without drawing. */
import type { EChartsCoreOption } from 'echarts/core'

import type { Ink } from './ink'

/** As in base.css, but for words that only CSS knows: letters are measured by name. */
const FONT = "'PingFang SC', 'Microsoft YaHei', 'HarmonyOS Sans SC', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"

/** A line of a chart with its name and colour. */
export interface Series {
  name: string
  values: readonly number[]
  colour: string
}

const base = (ink: Ink) => ({
  animation: false,
  textStyle: { color: ink.text, fontSize: ink.size, fontFamily: FONT },
  tooltip: { trigger: 'axis', confine: true, backgroundColor: ink.paper, borderColor: ink.line, textStyle: { color: ink.text, fontSize: ink.size } },
})

const category = (ink: Ink, names: readonly string[]) => ({
  type: 'category',
  data: [...names],
  axisLine: { lineStyle: { color: ink.line } },
  axisTick: { show: false },
  axisLabel: { color: ink.faint, fontSize: ink.size, hideOverlap: true },
})

const value = (ink: Ink) => ({
  type: 'value',
  minInterval: 1,
  splitNumber: 3,
  axisLabel: { color: ink.faint, fontSize: ink.size },
  splitLine: { lineStyle: { color: ink.line } },
})

/** A vertical line with a short word: something that happened. */
export interface Mark {
  slot: number
  word: string
}

/** Bars over time, one upon the other; what happened stands as lines across. */
export function stackedOverTime(ink: Ink, names: readonly string[], series: readonly Series[], marks: readonly Mark[] = []): EChartsCoreOption {
  const lines = marks.map((mark) => ({ xAxis: mark.slot, label: { formatter: mark.word } }))
  return {
    ...base(ink),
    legend: { top: 0, left: 0, icon: 'roundRect', itemWidth: ink.size, itemHeight: ink.size, textStyle: { color: ink.faint, fontSize: ink.size }, selectedMode: false },
    grid: { left: 4, right: 12, top: ink.size * (marks.length > 0 ? 4.2 : 2.6), bottom: 0, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: category(ink, names),
    yAxis: value(ink),
    series: series.map((one, n) => ({
      type: 'bar',
      stack: 'all',
      name: one.name,
      data: [...one.values],
      itemStyle: { color: one.colour },
      barCategoryGap: '24%',
      ...(n === 0 && lines.length > 0
        ? {
            markLine: {
              symbol: 'none',
              silent: true,
              lineStyle: { color: ink.brand, type: 'dashed' },
              label: { color: ink.text, fontSize: ink.size, position: 'end', rotate: 0 },
              data: lines,
            },
          }
        : {}),
    })),
  }
}

/** Height of a panel's name and of the axis of time under the last panel, in letters. */
const PANEL_HEAD = 1.6
const AXIS_FOOT = 2

/** Lines over one axis of time, each in a panel with a scale of its own, its points the instants at which was counted. */
export function panelsOverTime(ink: Ink, lines: readonly { name: string; points: readonly (readonly [number, number])[] }[], marks: readonly number[], time: (at: number) => string): EChartsCoreOption {
  const share = 100 / Math.max(1, lines.length)
  const instants = lines.flatMap((line) => line.points.map(([at]) => at))
  const [min, max] = [Math.min(...instants), Math.max(...instants)]
  const within = marks.filter((at) => at >= min && at <= max)
  return {
    ...base(ink),
    tooltip: { ...base(ink).tooltip, axisPointer: { type: 'line' } },
    axisPointer: { link: [{ xAxisIndex: 'all' }], label: { formatter: ({ value: at }: { value: number }) => time(at) } },
    title: lines.map((line, n) => ({ text: line.name, left: 0, top: `${n * share}%`, padding: 0, textStyle: { color: ink.faint, fontSize: ink.size, fontWeight: 'normal' } })),
    grid: lines.map((_, n) => ({ left: 64, right: 16, top: `${n * share + (PANEL_HEAD * share) / 7}%`, height: `${share * (1 - (PANEL_HEAD + AXIS_FOOT) / 7)}%`, outerBoundsMode: 'none' })),
    xAxis: lines.map((_, n) => ({
      type: 'value',
      gridIndex: n,
      min,
      max: Math.max(max, min + 1),
      splitNumber: 3,
      axisLine: { lineStyle: { color: ink.line } },
      splitLine: { show: false },
      axisLabel: { show: n === lines.length - 1, color: ink.faint, fontSize: ink.size, hideOverlap: true, alignMaxLabel: 'right', formatter: time },
    })),
    yAxis: lines.map((_, n) => ({ ...value(ink), gridIndex: n, splitNumber: 2, axisLine: { show: false } })),
    series: lines.map((line, n) => ({
      type: 'line',
      name: line.name,
      xAxisIndex: n,
      yAxisIndex: n,
      data: line.points.map((point) => [...point]),
      symbol: 'circle',
      symbolSize: 5,
      lineStyle: { color: ink.brand },
      itemStyle: { color: ink.brand },
      ...(within.length > 0 ? { markLine: { symbol: 'none', silent: true, lineStyle: { color: ink.positive, type: 'dashed' }, label: { show: n === 0, formatter: '回应', color: ink.text, fontSize: ink.size, position: 'end' }, data: within.map((at) => ({ xAxis: at })) } } : {}),
    })),
  }
}

/** Lying bars, the longest on top. */
export function lyingBars(ink: Ink, rows: readonly { name: string; value: number }[]): EChartsCoreOption {
  return {
    ...base(ink),
    tooltip: { ...base(ink).tooltip, axisPointer: { type: 'none' } },
    grid: { left: 4, right: ink.size * 3, top: 0, bottom: 0, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: { ...value(ink), show: false },
    yAxis: { ...category(ink, rows.map((row) => row.name)), inverse: true, axisLine: { show: false }, axisLabel: { color: ink.text, fontSize: ink.size, interval: 0 } },
    series: [
      {
        type: 'bar',
        data: rows.map((row) => row.value),
        itemStyle: { color: ink.brand, borderRadius: 2 },
        barMaxWidth: ink.size * 1.3,
        label: { show: true, position: 'right', color: ink.text, fontSize: ink.size },
      },
    ],
  }
}

/** A county on the map. */
export interface County {
  name: string
  open: number
  overdue: number
}

/** Which step of the ramp a number of cases stands on: the first for none, the others in equal shares of the most. */
export function shade(open: number, most: number, steps: number): number {
  if (open <= 0 || most <= 0) return 0
  return Math.min(steps - 1, Math.max(1, Math.ceil((open / most) * (steps - 1))))
}

/** Short enough for a small county: without its 县, 市 or 区, unless only one character were left. */
export const shortName = (name: string): string => (name.length > 2 ? name.slice(0, -1) : name)

/** The city's counties by open cases; the numbers stand on the map, so that colour alone says nothing. */
export function countyMap(ink: Ink, counties: readonly County[]): EChartsCoreOption {
  const most = Math.max(0, ...counties.map((county) => county.open))
  // On the strongest steps letters are read in the colour of the paper, on the others in that of text.
  const strong = ink.ramp.length - 2
  return {
    ...base(ink),
    tooltip: { ...base(ink).tooltip, trigger: 'item' },
    series: [
      {
        type: 'map',
        map: 'xuancheng',
        roam: false,
        silent: false,
        selectedMode: false,
        layoutCenter: ['50%', '50%'],
        layoutSize: '100%',
        aspectScale: 0.86,
        itemStyle: { borderColor: ink.paper, borderWidth: 2 },
        emphasis: { itemStyle: { areaColor: null }, label: { show: true } },
        tooltip: { formatter: (at: { name: string; data?: { value: number; overdue: number } }) => `${at.name}：在办 ${at.data?.value ?? 0} 件${at.data?.overdue ? `，超时 ${at.data.overdue} 件` : ''}` },
        data: counties.map((county) => {
          const step = shade(county.open, most, ink.ramp.length)
          return {
            name: county.name,
            value: county.open,
            overdue: county.overdue,
            itemStyle: { areaColor: ink.ramp[step] },
            label: {
              show: true,
              color: step >= strong ? ink.paper : ink.text,
              fontSize: ink.size,
              lineHeight: ink.size * 1.3,
              formatter: county.overdue > 0 ? `${shortName(county.name)}\n${county.open} 超${county.overdue}` : `${shortName(county.name)}\n${county.open}`,
            },
          }
        }),
      },
    ],
  }
}
