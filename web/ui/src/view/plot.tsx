// uPlot in Preact: made once, then fed.

import { useEffect, useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { theme } from '../state/prefs'

export interface PlotProps {
  /** Read once, when the plot is made. */
  options: (width: number, height: number) => uPlot.Options
  data: uPlot.AlignedData
  width: number
  height: number
  /** Called with the plot when it is made, and with null when it is gone. */
  onPlot?: (plot: uPlot | null) => void
}

export function Plot({ options, data, width, height, onPlot }: PlotProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  useEffect(() => {
    if (!box.current || width <= 0) return
    plot.current = new uPlot(options(width, height), data, box.current)
    onPlot?.(plot.current)
    return () => {
      plot.current?.destroy()
      plot.current = null
      onPlot?.(null)
    }
  }, [width > 0])
  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height })
  }, [width, height])
  useEffect(() => plot.current?.setData(data), [data])
  const shade = theme.value
  useEffect(() => plot.current?.redraw(false), [shade])
  return <div ref={box} class="plot" aria-hidden="true" />
}

/** A colour token as canvas wants it. Tokens are registered as colours, so that light-dark() is resolved. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}
