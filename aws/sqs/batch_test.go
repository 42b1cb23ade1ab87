package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/aws/sqs"
)

// Entries that failed by the server's fault, or that the answer leaves out, are tried again, and only these.
func TestFailedEntriesAreTriedAgain(t *testing.T) {
	for name, code := range map[string]string{"ServerFault": "InternalError", "Throttled": "!RequestThrottled", "LeftOut": "-"} {
		t.Run(name, func(t *testing.T) {
			var p patience
			s := &server{}
			s.answer = func(_ string, in input) (int, string) {
				return http.StatusOK, result(in, func(e entry) string {
					if len(s.calls) <= 2 && (e.ID == "3" || e.ID == "7") {
						return code
					}
					return ""
				})
			}
			if err := open(t, s, 1, sqs.Config{Wait: p.wait}).Delete(t.Context(), taken(10)); err != nil {
				t.Error(err)
			}
			calls := s.asked()
			if len(calls) != 3 || len(calls[0].Entries) != 10 || len(calls[1].Entries) != 2 || calls[2].Entries[1].Receipt != "receipt-7" {
				t.Errorf("asked %+v", calls)
			}
			if want := []time.Duration{100 * time.Millisecond, 200 * time.Millisecond}; !slices.Equal(p.waited, want) {
				t.Errorf("waited %v, want %v", p.waited, want)
			}
		})
	}
}

// What cannot be done is told, and does not hinder the rest.
func TestEntriesThatCannotBeDone(t *testing.T) {
	for name, tt := range map[string]struct {
		code  string
		want  limnograph.Code
		calls int
	}{
		"ErrForGood":       {"InternalError", limnograph.CodeUnavailable, 3 + 3},
		"ErrNeverAnswered": {"-", limnograph.CodeUnavailable, 3 + 3},
		"ErrSenderFault":   {"!InvalidMessageContents", limnograph.CodeInvalid, 3},
		"GoneAlready":      {"!ReceiptHandleIsInvalid", "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			var p patience
			done := map[string]bool{}
			s := &server{answer: func(_ string, in input) (int, string) {
				return http.StatusOK, result(in, func(e entry) string {
					if e.Receipt == "receipt-4" {
						return tt.code
					}
					done[e.Receipt] = true
					return ""
				})
			}}
			err := open(t, s, 1, sqs.Config{Wait: p.wait}).Delete(t.Context(), taken(25))
			if wantCode(t, err, tt.want); tt.want != "" {
				wantCode(t, err, tt.want, queueURL, "entry 4", "1 entries")
			}
			if len(done) != 24 || len(s.asked()) != tt.calls {
				t.Errorf("%d of 24 others are done, with %d calls", len(done), len(s.asked()))
			}
		})
	}
}

// A call that fails leaves the next groups their chance, unless these would fail in the same way.
func TestFailedCallsOfABatch(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		fault  string
		want   limnograph.Code
		calls  int
	}{
		"ErrBusy":      {http.StatusServiceUnavailable, "ServiceUnavailable", limnograph.CodeUnavailable, 3},
		"ErrNoQueue":   {http.StatusBadRequest, "QueueDoesNotExist", limnograph.CodeNotFound, 1},
		"ErrForbidden": {http.StatusForbidden, "AccessDeniedException", limnograph.CodeForbidden, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{}
			s.answer = func(_ string, in input) (int, string) {
				if len(s.calls) == 1 {
					return tt.status, fault(tt.fault)
				}
				return http.StatusOK, allDone(in)
			}
			err := open(t, s, 1, sqs.Config{}).Release(t.Context(), taken(25), 0)
			if wantCode(t, err, tt.want, queueURL); len(s.asked()) != tt.calls {
				t.Errorf("%d calls, want %d", len(s.asked()), tt.calls)
			}
		})
	}
}

func TestBatchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &server{answer: func(_ string, in input) (int, string) {
		cancel()
		return http.StatusOK, result(in, func(entry) string { return "InternalError" })
	}}
	err := open(t, s, 1, sqs.Config{}).Delete(ctx, taken(25))
	if wantCode(t, err, limnograph.CodeTimeout); !errors.Is(err, context.Canceled) || len(s.asked()) != 1 {
		t.Errorf("error is %v after %d calls", err, len(s.asked()))
	}
}

// No call has more than ten entries or more bytes than was set, but a single larger body; nothing is lost or doubled.
func TestSendKeepsToTheLimits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.IntRange(1, 100).Draw(rt, "limit")
		sizes := rapid.SliceOfN(rapid.IntRange(1, 150), 0, 60).Draw(rt, "sizes")
		var bodies, got []string
		for i, size := range sizes {
			bodies = append(bodies, fmt.Sprintf("%d-%s", i, strings.Repeat("x", size)))
		}
		s := &server{answer: func(_ string, in input) (int, string) {
			bytes := 0
			for _, e := range in.Entries {
				bytes += len(e.Body)
				got = append(got, e.Body)
			}
			if len(in.Entries) > 10 || len(in.Entries) > 1 && bytes > limit {
				return http.StatusBadRequest, fault("BatchRequestTooLong")
			}
			return http.StatusOK, allDone(in)
		}}
		if err := open(t, s, 1, sqs.Config{BatchBytes: limit}).Send(t.Context(), bodies); err != nil {
			rt.Fatal(err)
		}
		if !slices.Equal(got, bodies) {
			rt.Fatalf("sent %q, want %q", got, bodies)
		}
	})
}

// However calls and entries fail: no error means that all were done, and what was not done is never silent.
func TestDeleteIsNeverPartlySilent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var p patience
		n := rapid.IntRange(0, 35).Draw(rt, "messages")
		codes := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "", "", "InternalError", "!Odd", "-"}), 50, 50).Draw(rt, "codes")
		next, done := 0, map[string]bool{}
		s := &server{answer: func(_ string, in input) (int, string) {
			return http.StatusOK, result(in, func(e entry) string {
				code := codes[next%len(codes)]
				next++
				if code == "" {
					done[e.Receipt] = true
				}
				return code
			})
		}}
		err := open(t, s, 1, sqs.Config{Wait: p.wait, Attempts: 2}).Delete(t.Context(), taken(n))
		if (err == nil) != (len(done) == n) {
			rt.Fatalf("%d of %d are done, error is %v", len(done), n, err)
		}
	})
}
