package simulator

import "limnograph"

// silentKinds is how many kinds of silent jobs there are.
const silentKinds = 8

// kindTemporary is the kind of jobs that come and go: every two days one is created, and deleted a day later.
const kindTemporary = silentKinds - 1

// silentKind is what all silent jobs of a kind have in common.
type silentKind struct {
	name       string
	silence    Silence
	jobType    string
	version    string
	workerType string // empty: capacity alone
	workers    int64
	capacity   float64 // DPU
	timeoutMin int64
	arguments  map[string]string     // besides those of every job
	period     int64                 // seconds between two runs; 0: it never runs
	seconds    [2]int                // least and most of work
	fates      []limnograph.RunState // how the runs end, one after the other, and again from the first
}

// dequeued is the fate of a run that a person stops while it is WAITING.
const dequeued = limnograph.RunWaiting

func kindOf(i int) silentKind {
	return [silentKinds]func() silentKind{
		smallShell, switchedOff, oldVersion, withoutContext, neverStarted, standardWorkers, largeShell, temporaryKind,
	}[i]()
}

func smallShell() silentKind {
	return silentKind{
		name: "vendor-prices-fetch", silence: SilentShell, jobType: typeShell, version: "3.0", capacity: 0.0625, timeoutMin: 30,
		period: 2 * hour, seconds: [2]int{15, 200},
		fates: []limnograph.RunState{limnograph.RunSucceeded, limnograph.RunSucceeded, limnograph.RunSucceeded, limnograph.RunFailed},
	}
}

func largeShell() silentKind {
	return silentKind{
		name: "partner-file-drop", silence: SilentShell, jobType: typeShell, version: "3.0", capacity: 1, timeoutMin: 15,
		period: hour, seconds: [2]int{10, 300},
		fates: []limnograph.RunState{
			limnograph.RunSucceeded, limnograph.RunSucceeded, limnograph.RunStopped, limnograph.RunSucceeded, limnograph.RunTimeout,
		},
	}
}

func switchedOff() silentKind {
	return silentKind{
		name: "finance-close-report", silence: SilentOff, jobType: typeSpark, version: "4.0", workerType: "G.1X", workers: 5,
		capacity: 5, timeoutMin: 60, period: 3 * hour, seconds: [2]int{120, 900},
		fates: []limnograph.RunState{
			limnograph.RunSucceeded, dequeued, limnograph.RunSucceeded, limnograph.RunExpired, limnograph.RunStopped, limnograph.RunSucceeded,
		},
	}
}

func oldVersion() silentKind {
	return silentKind{
		name: "legacy-crm-export", silence: SilentVersion, jobType: typeSpark, version: "2.0", workerType: "G.1X", workers: 5,
		capacity: 5, timeoutMin: 30, arguments: map[string]string{"--enable-observability-metrics": "true"},
		period: 6 * hour, seconds: [2]int{200, 1500},
		fates: []limnograph.RunState{limnograph.RunSucceeded, limnograph.RunTimeout, limnograph.RunSucceeded, limnograph.RunFailed},
	}
}

func standardWorkers() silentKind {
	return silentKind{
		name: "legacy-ledger-dump", silence: SilentVersion, jobType: typeSpark, version: "1.0", workerType: "Standard", workers: 10,
		capacity: 10, timeoutMin: 45, arguments: map[string]string{"--enable-observability-metrics": "true"},
		period: 8 * hour, seconds: [2]int{600, 2400},
		fates: []limnograph.RunState{limnograph.RunSucceeded, limnograph.RunError, limnograph.RunSucceeded, limnograph.RunTimeout},
	}
}

func withoutContext() silentKind {
	return silentKind{
		name: "spark-sql-adhoc", silence: SilentNoContext, jobType: typeSpark, version: "5.0", workerType: "G.2X", workers: 4,
		capacity: 8, timeoutMin: 120, arguments: map[string]string{"--enable-metrics": "true"},
		period: 4 * hour, seconds: [2]int{60, 700},
		fates: []limnograph.RunState{
			limnograph.RunSucceeded, limnograph.RunSucceeded, limnograph.RunFailed, limnograph.RunSucceeded, limnograph.RunStopped,
		},
	}
}

func neverStarted() silentKind {
	return silentKind{
		name: "quarterly-archive", silence: SilentUnstarted, jobType: typeSpark, version: "5.1", workerType: "G.1X", workers: 10,
		capacity: 10, timeoutMin: 480, arguments: map[string]string{"--enable-metrics": "true"},
	}
}

func temporaryKind() silentKind {
	return silentKind{
		name: "backfill", silence: SilentOff, jobType: typeSpark, version: "5.0", workerType: "G.1X", workers: 3, capacity: 3,
		timeoutMin: 60, period: 4 * hour, seconds: [2]int{90, 600},
		fates: []limnograph.RunState{limnograph.RunSucceeded, limnograph.RunSucceeded, limnograph.RunFailed},
	}
}
