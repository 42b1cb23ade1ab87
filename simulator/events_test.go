package simulator_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"limnograph"
	"limnograph/simulator"
)

// bridge is an event as a naive decoder sees it.
type bridge struct {
	Version    string    `json:"version"`
	ID         string    `json:"id"`
	DetailType string    `json:"detail-type"`
	Source     string    `json:"source"`
	Account    string    `json:"account"`
	Time       time.Time `json:"time"`
	Region     string    `json:"region"`
	Resources  []any     `json:"resources"`
	Detail     struct {
		JobName   string              `json:"jobName"`
		Severity  string              `json:"severity"`
		State     limnograph.RunState `json:"state"`
		JobRunID  string              `json:"jobRunId"`
		Message   string              `json:"message"`
		Condition *map[string]float64 `json:"notificationCondition"`
		StartedOn string              `json:"startedOn"`
	} `json:"detail"`
}

func decodeEvent(t *testing.T, body []byte) (e bridge) {
	t.Helper()
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return e
}

// Each run that ends in one of the four states has one event, and each state that outlasts NotifyDelayAfter has one.
func TestEventsTellWhatHappened(t *testing.T) {
	f, from := newFleet(t, simulator.Config{}), monday()
	until, ended, told := from.AddDate(0, 0, 2), map[string]limnograph.RunState{}, map[string]bool{}
	truths := byID(f.RunLedger(from.Add(-4*time.Hour), until))
	severities := map[limnograph.RunState]string{"SUCCEEDED": "INFO", "STOPPED": "INFO", "TIMEOUT": "WARN", "FAILED": "ERROR"}
	for _, e := range f.Events(from, until, simulator.EventFaults{}) {
		b, r := decodeEvent(t, e.Body), truths[e.Run.RunID]
		if b.Version != "0" || len(b.ID) != 36 || b.Source != "aws.glue" || b.Account != r.AccountID || b.Region != r.Region ||
			b.Resources == nil || b.Detail.JobName != r.JobName || b.Detail.Message == "" || b.Detail.JobRunID != r.RunID || b.Detail.State != e.State {
			t.Fatalf("event of %+v: %s", r.RunKey, e.Body)
		}
		if delay := e.At.Sub(e.Time); delay < 0 || delay > 3*time.Second || !b.Time.Equal(e.Time.Truncate(time.Second)) {
			t.Errorf("an event of %v arrives at %v and says %v", e.Time, e.At, b.Time)
		}
		if b.DetailType == "Glue Job State Change" {
			if _, again := ended[r.RunID]; again || b.Detail.Severity != severities[r.State] || !e.Time.Equal(r.CompletedAt) || b.Detail.Condition != nil {
				t.Errorf("the end of %+v: %s", r, e.Body)
			}
			ended[r.RunID] = b.Detail.State
			continue
		}
		key := r.RunID + string(e.State)
		delay := (*b.Detail.Condition)["NotifyDelayAfter"]
		passed := e.Time.Sub(r.StartedAt) >= time.Duration(delay)*time.Minute
		now, _ := r.At(e.Time)
		if b.DetailType != "Glue Job Run Status" || told[key] || int64(delay) != r.NotifyAfter || !passed || now.State != e.State || b.Detail.StartedOn == "" {
			t.Errorf("status of %+v: %s", r, e.Body)
		}
		told[key] = true
	}
	for _, r := range truths {
		within := !r.CompletedAt.Before(from) && r.CompletedAt.Before(until)
		want := map[bool]limnograph.RunState{true: r.State}[within && severities[r.State] != ""]
		if ended[r.RunID] != want {
			t.Errorf("%s ended %s at %v, the events say %q", r.RunID, r.State, r.CompletedAt, ended[r.RunID])
		}
	}
	if len(told) < 100 {
		t.Errorf("%d events of runs that have not ended", len(told))
	}
}

// What happens to an event on its way depends on the event and the shares, not on the question.
func TestFaultsOfEvents(t *testing.T) {
	f, from := newFleet(t, simulator.Config{}), monday()
	until := from.AddDate(0, 0, 4)
	clean := f.Events(from, until, simulator.EventFaults{})
	count := func(faults simulator.EventFaults) (n, again, slow, late, inverted int) {
		seen, latest := map[string]bool{}, time.Time{}
		for _, e := range f.Events(from, until, faults) {
			id := decodeEvent(t, e.Body).ID
			switch delay := e.At.Sub(e.Time); {
			case seen[id]:
				again++
			case delay >= 10*time.Minute:
				late++
			case delay > 30*time.Second:
				slow++
			}
			if e.Time.Before(latest) {
				inverted++
			}
			latest = e.Time
			seen[id] = true
		}
		return len(seen), again, slow, late, inverted
	}
	near := func(name string, got int, share float64) {
		t.Helper()
		if want := share * float64(len(clean)); float64(got) < 0.8*want || float64(got) > 1.2*want {
			t.Errorf("%d of %d events are %s, want about %.0f", got, len(clean), name, want)
		}
	}
	n, again, slow, late, _ := count(simulator.EventFaults{Lost: 0.1, Duplicated: 0.1})
	near("there", n, 0.9)
	near("duplicated", again, 0.09)
	if slow > 0 || late > 0 {
		t.Errorf("%d slow and %d late events that nobody asked for", slow, late)
	}
	_, _, slow, _, inverted := count(simulator.EventFaults{Reordered: 0.1})
	near("slow", slow, 0.1)
	if inverted < len(clean)/50 {
		t.Errorf("%d of %d events are overtaken", inverted, len(clean))
	}
	_, _, _, late, _ = count(simulator.EventFaults{Late: 0.2})
	near("late", late, 0.2)
	if n, _, _, _, _ = count(simulator.EventFaults{Lost: 1}); n != 0 {
		t.Errorf("%d events arrive though all are lost", n)
	}
}

// The events of a whole are those of its parts.
func TestEventsOfPartsEqualTheWhole(t *testing.T) {
	f, from, faults := newFleet(t, simulator.Config{Jobs: 30}), monday(), simulator.EventFaults{Lost: 0.1, Late: 0.1, Duplicated: 0.1, Reordered: 0.1}
	texts := func(events []simulator.Event) (out []string) {
		for _, e := range events {
			out = append(out, e.At.String()+string(e.Body))
		}
		slices.Sort(out)
		return out
	}
	until := from.AddDate(0, 0, 1)
	cut := from.Add(7*time.Hour + 11*time.Second)
	whole := texts(f.Events(from, until, faults))
	parts := texts(append(f.Events(from, cut, faults), f.Events(cut, until, faults)...))
	if !slices.Equal(whole, parts) || len(whole) < 200 {
		t.Errorf("%d events of the whole, %d of its parts", len(whole), len(parts))
	}
}

// A pump sends each event when it arrives, tries again what was not taken, drops what nobody ever takes, and ends with its
// context.
func TestPumpSendsWhatArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, faults := newFleet(t, simulator.Config{}), simulator.EventFaults{Lost: 0.1, Late: 0.1, Duplicated: 0.2}
		from := time.Now() // the bubble's clock
		until := from.Add(6 * time.Hour)
		var want []string
		for _, e := range f.Events(from.Add(-3*time.Hour), until, faults) {
			if !e.At.Before(from) && e.At.Before(until) {
				want = append(want, string(e.Body))
			}
		}
		var got []string
		calls := 0
		ctx, cancel := context.WithDeadline(t.Context(), until)
		defer cancel()
		pump, err := simulator.NewEventPump(f, func(_ context.Context, body []byte) error {
			if calls++; calls%5 == 0 {
				return errors.New("busy")
			}
			got = append(got, string(body))
			return nil
		}, simulator.EventPumpConfig{Faults: faults})
		if err != nil {
			t.Fatal(err)
		}
		if err := pump.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if sent, dropped := pump.Sent(); int(sent) != len(got) || dropped != 0 {
			t.Errorf("sent %d, dropped %d, the target got %d", sent, dropped, len(got))
		}
		if !slices.Equal(got, want) || len(want) < 50 {
			t.Errorf("%d events were sent, %d have arrived", len(got), len(want))
		}
	})
}

func TestPumpDropsWhatNobodyTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		refuse := func(context.Context, []byte) error { return errors.New("no") }
		pump, err := simulator.NewEventPump(newFleet(t, simulator.Config{}), refuse, simulator.EventPumpConfig{Tries: 2})
		if err != nil {
			t.Fatal(err)
		}
		if err := pump.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if sent, dropped := pump.Sent(); sent != 0 || dropped < 10 {
			t.Errorf("sent %d, dropped %d", sent, dropped)
		}
	})
}

func TestImpossiblePumps(t *testing.T) {
	for _, faults := range []simulator.EventFaults{{Lost: 1.1}, {Late: -0.1}, {Duplicated: 2}, {Reordered: -1}} {
		_, err := simulator.NewEventPump(newFleet(t, simulator.Config{Jobs: 1}), nil, simulator.EventPumpConfig{Faults: faults})
		if limnograph.ErrorCode(err) != limnograph.CodeInvalid {
			t.Errorf("%s: %v", fmt.Sprint(faults), err)
		}
	}
}
