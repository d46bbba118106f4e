/** The colours that a chart draws with. Red, orange and amber stay with time, so feelings have others. */

export interface Ink {
  text: string
  faint: string
  line: string
  paper: string
  brand: string
  negative: string
  neutral: string
  positive: string
  unjudged: string
  over: string
  /** From none to many. */
  ramp: readonly string[]
  /** Size of letters, px. */
  size: number
}

const light: Ink = {
  text: '#1a2433',
  faint: '#5a6678',
  line: '#dfe4ec',
  paper: '#ffffff',
  brand: '#1b4b8f',
  negative: '#7447c4',
  neutral: '#9aa6b8',
  positive: '#12857a',
  unjudged: '#d5dbe5',
  over: '#c81e1e',
  ramp: ['#eef3fa', '#c9dbf2', '#9dbde6', '#6b9bd6', '#3d78c0', '#1b4b8f'],
  size: 12,
}

const dark: Ink = {
  text: '#e6ebf2',
  faint: '#a3b0c2',
  line: '#2c3848',
  paper: '#161d27',
  brand: '#8ab6f5',
  negative: '#b394f4',
  neutral: '#76869c',
  positive: '#4cc4b5',
  unjudged: '#3a475a',
  over: '#ff7a70',
  ramp: ['#1f2a38', '#26415f', '#2b5786', '#3870ae', '#5590d4', '#8ab6f5'],
  size: 12,
}

/** Light or dark, with letters of a size. */
export const inkOf = (isDark: boolean, size = 12): Ink => ({ ...(isDark ? dark : light), size })
