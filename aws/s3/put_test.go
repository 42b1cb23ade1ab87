package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"limnograph"
	"limnograph/aws/s3"
)

const part = 5 << 20

// A body of one part and one of several.
func bodies() map[string]string {
	return map[string]string{"OnePart": "x", "SeveralParts": strings.Repeat("x", part) + "y"}
}

func put(t *testing.T, s *s3.Store, body string, ifAbsent bool) error {
	t.Helper()
	info, err := s.Put(t.Context(), "a/k", io.MultiReader(strings.NewReader(body)), limnograph.PutOptions{IfAbsent: ifAbsent})
	if err == nil && (info.Size != int64(len(body)) || info.Modified.Format(http.TimeFormat) != modified) {
		t.Errorf("put %d bytes gave %+v", len(body), info)
	}
	return err
}

func wantCode(t *testing.T, err error, want limnograph.Code, texts ...string) {
	t.Helper()
	if got := limnograph.ErrorCode(err); got != want {
		t.Errorf("error %v has code %q, want %q", err, got, want)
	}
	for _, text := range texts {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("error %v does not say %q", err, text)
		}
	}
}

// A write whose answer is lost is retried and meets its own object, or is not retried at all: it is done all the same.
func TestPutWithALostAnswerIsDone(t *testing.T) {
	for name, body := range bodies() {
		operation := map[string]string{"OnePart": "PutObject", "SeveralParts": "CompleteMultipartUpload"}[name]
		for _, attempts := range []int{1, 3} {
			for _, ifAbsent := range []bool{true, false} {
				t.Run(fmt.Sprintf("%sIn%dAttemptsIfAbsent%t", name, attempts, ifAbsent), func(t *testing.T) {
					b := newBucket()
					b.trouble = first(operation, lost)
					if err := put(t, serve(t, b, attempts, s3.Config{PartSize: part}), body, ifAbsent); err != nil {
						t.Error(err)
					}
					if b.content("a/k") != body || b.left() != 0 {
						t.Errorf("stored %d bytes, and %d uploads are left", len(b.content("a/k")), b.left())
					}
				})
			}
		}
	}
}

// The object of another writer is never taken for one's own, however the answers got lost.
func TestPutIfAbsentMeetsAnother(t *testing.T) {
	for name, body := range bodies() {
		for trouble, faults := range map[string][]fault{"AtOnce": nil, "AfterThrottling": {busy, busy}, "AfterAConflict": {conflict}} {
			t.Run(name+trouble, func(t *testing.T) {
				b := newBucket()
				b.objects["/bucket/lake/a/k"] = object{[]byte("theirs"), "their mark"}
				operation := map[string]string{"OnePart": "PutObject", "SeveralParts": "CompleteMultipartUpload"}[name]
				b.trouble = first(operation, faults...)
				wantCode(t, put(t, serve(t, b, 3, s3.Config{PartSize: part}), body, true), limnograph.CodeExists)
				if b.content("a/k") != "theirs" || b.left() != 0 {
					t.Errorf("stored %d bytes, and %d uploads are left", len(b.content("a/k")), b.left())
				}
			})
		}
	}
}

// Who may not look cannot tell whose object it is, and says so instead of guessing.
func TestPutSaysWhenItCannotTell(t *testing.T) {
	b := newBucket()
	b.objects["/bucket/lake/a/k"] = object{[]byte("theirs"), "their mark"}
	b.trouble = first("HeadObject", forbidden)
	wantCode(t, put(t, serve(t, b, 1, s3.Config{}), "x", true), limnograph.CodeUnavailable, "by whom", "s3:GetObject")
}

// A conflict with somebody who was faster is no reason to try again.
func TestConflictWithAnObjectMeansThatItExists(t *testing.T) {
	b := newBucket()
	b.objects["/bucket/lake/a/k"] = object{[]byte("theirs"), "their mark"}
	b.trouble = first("PutObject", conflict)
	wantCode(t, put(t, serve(t, b, 1, s3.Config{}), "x", true), limnograph.CodeExists)
}

// A write that is stored is no failure because its writer may not read.
func TestPutWithoutLeaveToRead(t *testing.T) {
	b := newBucket()
	b.trouble = first("HeadObject", forbidden)
	info, err := serve(t, b, 1, s3.Config{}).Put(t.Context(), "a/k", strings.NewReader("x"), limnograph.PutOptions{})
	if err != nil || info.Size != 1 || info.Modified.IsZero() || info.Key != "a/k" {
		t.Errorf("put gave %+v, %v", info, err)
	}
}

func TestPutRetries(t *testing.T) {
	for name, tt := range map[string]struct {
		operation string
		faults    []fault
		code      limnograph.Code
	}{
		"ThrottledTwice":         {"PutObject", []fault{busy, busy}, ""},
		"ConflictThenDone":       {"PutObject", []fault{conflict}, ""},
		"ThrottledForGood":       {"PutObject", []fault{busy, busy, busy}, limnograph.CodeUnavailable},
		"ConflictForGood":        {"PutObject", []fault{conflict, conflict, conflict}, limnograph.CodeUnavailable},
		"Forbidden":              {"PutObject", []fault{forbidden}, limnograph.CodeForbidden},
		"PartLost":               {"UploadPart", []fault{lost, busy}, ""},
		"PartThrottledForGood":   {"UploadPart", []fault{none, busy, busy, busy}, limnograph.CodeUnavailable},
		"PartForbidden":          {"UploadPart", []fault{forbidden}, limnograph.CodeForbidden},
		"CompleteOddlyThenDone":  {"CompleteMultipartUpload", []fault{oddOK}, ""},
		"CompleteOddlyForGood":   {"CompleteMultipartUpload", []fault{oddOK, oddOK, oddOK}, limnograph.CodeUnavailable},
		"CompleteLostThenBusy":   {"CompleteMultipartUpload", []fault{lost, busy, busy}, ""},
		"CompleteForbidden":      {"CompleteMultipartUpload", []fault{forbidden}, limnograph.CodeForbidden},
		"CreateThrottledForGood": {"CreateMultipartUpload", []fault{busy, busy, busy}, limnograph.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBucket()
			b.trouble = first(tt.operation, tt.faults...)
			body := bodies()["SeveralParts"]
			if tt.operation == "PutObject" {
				body = "x"
			}
			wantCode(t, put(t, serve(t, b, 3, s3.Config{PartSize: part}), body, true), tt.code)
			stored := b.content("a/k")
			if tt.code == "" && stored != body || tt.code != "" && stored != "" || b.left() != 0 {
				t.Errorf("stored %d bytes, and %d uploads are left", len(stored), b.left())
			}
		})
	}
}

// Who gives up while a part is on its way leaves no part behind.
func TestCancelledPutLeavesNoParts(t *testing.T) {
	b := newBucket()
	ctx, cancel := context.WithCancel(t.Context())
	b.trouble = func(r *http.Request) fault {
		if r.URL.Query().Get("partNumber") == "2" {
			cancel()
			return busy
		}
		return none
	}
	s := serve(t, b, 3, s3.Config{PartSize: part})
	_, err := s.Put(ctx, "a/k", strings.NewReader(bodies()["SeveralParts"]), limnograph.PutOptions{})
	if wantCode(t, err, limnograph.CodeTimeout); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if b.left() != 0 || b.content("a/k") != "" {
		t.Errorf("%d uploads are left", b.left())
	}
}

// Parts that cannot be removed are told of, beside what went wrong first.
func TestPutTellsOfPartsThatStay(t *testing.T) {
	b := newBucket()
	b.trouble = func(r *http.Request) fault {
		if name := operation(r); name == "UploadPart" || name == "AbortMultipartUpload" {
			return forbidden
		}
		return none
	}
	err := put(t, serve(t, b, 1, s3.Config{PartSize: part}), bodies()["SeveralParts"], false)
	wantCode(t, err, limnograph.CodeForbidden, "s3:PutObject", "parts stay until the bucket's lifecycle")
}

// An end that is wrapped in an error is no end: half a body must not pass for a whole one.
func TestPutWithABrokenBody(t *testing.T) {
	own := &limnograph.Error{Code: limnograph.CodeConflict, Op: "make a body"}
	for name, tt := range map[string]struct {
		err  error
		code limnograph.Code
	}{
		"ErrEndInside":   {fmt.Errorf("cut off: %w", io.EOF), limnograph.CodeInternal},
		"ErrUnexpected":  {io.ErrUnexpectedEOF, limnograph.CodeInternal},
		"ErrOfTheCaller": {own, limnograph.CodeConflict},
	} {
		for size, body := range bodies() {
			t.Run(name+size, func(t *testing.T) {
				b := newBucket()
				broken := io.MultiReader(strings.NewReader(body), failing{tt.err})
				_, err := serve(t, b, 1, s3.Config{PartSize: part}).Put(t.Context(), "a/k", broken, limnograph.PutOptions{})
				if wantCode(t, err, tt.code); !errors.Is(err, tt.err) || b.content("a/k") != "" || b.left() != 0 {
					t.Errorf("error is %v, stored %d bytes", err, len(b.content("a/k")))
				}
			})
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// The body is read one part ahead of what is sent and no further, so memory does not grow with the body.
func TestPutReadsNoFurtherThanAPart(t *testing.T) {
	const parts = 12
	body := &counted{from: io.LimitReader(zeros{}, parts*part)}
	b := newBucket()
	arrived, ahead := 0, 0
	b.trouble = func(r *http.Request) fault {
		if operation(r) == "UploadPart" {
			arrived++
			ahead = max(ahead, body.read-arrived*part)
		}
		return none
	}
	s := serve(t, b, 1, s3.Config{PartSize: part})
	if _, err := s.Put(t.Context(), "a/k", body, limnograph.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := b.content("a/k"); len(got) != parts*part || ahead > part {
		t.Errorf("stored %d bytes, and read %d further than was sent", len(got), ahead)
	}
	if want := strings.Repeat("UploadPart ", parts); b.requests() != "CreateMultipartUpload "+want+"CompleteMultipartUpload HeadObject" {
		t.Error("the calls are others")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

type counted struct {
	from io.Reader
	read int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.read += n
	return n, err
}

// Whatever goes wrong with whichever call: of several writers, one at most has put the object, its content is of who says
// so, and nobody else says so.
func TestOneOfSeveralPutsIfAbsentWins(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := newBucket()
		faults := rapid.SliceOfN(rapid.IntRange(int(none), int(conflict)), 64, 64).Draw(rt, "faults")
		b.trouble = func(*http.Request) fault { return fault(faults[len(b.asked)%len(faults)]) }
		s := serve(t, b, rapid.IntRange(1, 3).Draw(rt, "attempts"), s3.Config{})
		winner := ""
		for i := range rapid.IntRange(1, 4).Draw(rt, "writers") {
			body := fmt.Sprint("body ", i)
			_, err := s.Put(t.Context(), "a/k", bytes.NewReader([]byte(body)), limnograph.PutOptions{IfAbsent: true})
			stored := b.content("a/k")
			switch code := limnograph.ErrorCode(err); {
			case err == nil && (winner != "" || stored != body):
				rt.Fatalf("%q says it won, stored is %q of %q", body, stored, winner)
			case err == nil:
				winner = body
			case code == limnograph.CodeExists && (stored == "" || stored == body):
				rt.Fatalf("%q says it lost, stored is %q", body, stored)
			case code != limnograph.CodeExists && code != limnograph.CodeUnavailable:
				rt.Fatal(err)
			}
			if winner != "" && stored != winner {
				rt.Fatalf("%q won, stored is %q", winner, stored)
			}
		}
	})
}
