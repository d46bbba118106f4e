/** The parts of ECharts that are drawn with, and no other. A chunk of its own: no first view waits for it. */
import { BarChart, LineChart, MapChart } from 'echarts/charts'
import { AxisPointerComponent, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, TooltipComponent } from 'echarts/components'
import { init, registerMap, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

import outline from './xuancheng.json'

use([BarChart, LineChart, MapChart, AxisPointerComponent, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, TooltipComponent, SVGRenderer])
registerMap('xuancheng', outline as unknown as Parameters<typeof registerMap>[1])

export { init }
