import { render } from 'preact'
import './styles/tokens.css'
import './styles/base.css'
import './styles/header.css'
import './styles/filters.css'
import './styles/tiles.css'
import './styles/matrix.css'
import './styles/chart.css'
import './styles/panel.css'
import './styles/empty.css'
import './styles/narrow.css'
import { App } from './view/app'
import { bindTheme } from './state/prefs'
import { bindHistory } from './state/view'
import { bindOpenRun } from './state/open'
import { startRefresh } from './state/refresh'
import { bindKeys } from './keys'

bindHistory()
bindTheme()
bindKeys()
bindOpenRun()
startRefresh()
render(<App />, document.getElementById('app') as HTMLElement)
