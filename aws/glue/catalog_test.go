package glue_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"limnograph"
	"limnograph/aws/glue"
	"limnograph/conformance"
	"limnograph/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCatalog(t *testing.T) {
	conformance.Catalog(t, func(t *testing.T) limnograph.Catalog { return newFake(t).catalog() })
}

// TestCatalogThroughTrouble runs the suite while every third write is throttled, lost after it was done, lost before,
// or answered with a status of 500.
func TestCatalogThroughTrouble(t *testing.T) {
	troubles := map[string]fault{
		"Throttled":      {code: "ThrottlingException"},
		"DoneButLost":    {apply: true},
		"LostBefore":     {},
		"ServerError":    {code: "InternalServiceException", status: 500},
		"DoneThen500":    {apply: true, code: "InternalServiceException", status: 500},
		"DoneThenHTML":   {apply: true, body: "<html>", status: 502},
		"TimedOut":       {code: "OperationTimeoutException"},
		"SomebodyFaster": {code: "ConcurrentModificationException"},
	}
	for name, trouble := range troubles {
		t.Run(name, func(t *testing.T) {
			conformance.Catalog(t, func(t *testing.T) limnograph.Catalog {
				f := newFake(t)
				var writes atomic.Int32
				f.before = func(action string, _ object) *fault {
					if strings.HasPrefix(action, "Get") || action == "BatchGetPartition" || writes.Add(1)%3 != 1 {
						return nil
					}
					return &trouble
				}
				return f.catalog()
			})
		})
	}
}

func glueSchema() limnograph.Schema { return schema.Builtin()[0] }

func ensure(t *testing.T, c *glue.Catalog, s limnograph.Schema, wantChanged bool) {
	t.Helper()
	changed, err := c.EnsureTable(t.Context(), s)
	if err != nil || changed != wantChanged {
		t.Fatalf("EnsureTable = %v, %v; want %v", changed, err, wantChanged)
	}
}

func wantCode(t *testing.T, err error, code limnograph.Code, words string) {
	t.Helper()
	if limnograph.ErrorCode(err) != code || !strings.Contains(err.Error(), words) {
		t.Errorf("%v has code %q, want %q and %q", err, limnograph.ErrorCode(err), code, words)
	}
}

func wantWrites(t *testing.T, f *fake, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, f.writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func hour(n int) limnograph.Partition {
	return limnograph.Partition{Sender: "111122223333", Hour: time.Date(2026, 11, 24, n, 0, 0, 0, time.UTC)}
}

func TestWhatExistsIsNotWritten(t *testing.T) {
	f := newFake(t)
	c := f.catalog()
	ensure(t, c, glueSchema(), true)
	if _, err := c.AddPartitions(t.Context(), "glue_metrics", []limnograph.Partition{hour(5), hour(6)}); err != nil {
		t.Fatal(err)
	}
	wantWrites(t, f, "CreateTable", "CreateTable", "BatchCreatePartition")
	f.forgetCalls()
	for _, one := range []*glue.Catalog{c, f.catalog()} {
		ensure(t, one, glueSchema(), false)
		if _, err := one.AddPartitions(t.Context(), "glue_metrics", []limnograph.Partition{hour(6), hour(5)}); err != nil {
			t.Fatal(err)
		}
	}
	wantWrites(t, f)
}

// TestLostAnswerIsLookedUp: a write that was done is not sent again.
func TestLostAnswerIsLookedUp(t *testing.T) {
	f := newFake(t)
	lost := map[string]bool{}
	f.before = func(action string, in object) *fault {
		id := action
		if input, ok := in["TableInput"].(object); ok {
			id += input["Name"].(string)
		}
		if strings.HasPrefix(action, "Get") || action == "BatchGetPartition" || lost[id] {
			return nil
		}
		lost[id] = true
		return &fault{apply: true}
	}
	c := f.catalog()
	ensure(t, c, glueSchema(), true)
	if _, err := c.AddPartitions(t.Context(), "glue_metrics", []limnograph.Partition{hour(5)}); err != nil {
		t.Fatal(err)
	}
	wantWrites(t, f, "CreateTable", "CreateTable", "BatchCreatePartition")
}

func TestThrottledWriteIsSentAgain(t *testing.T) {
	f := newFake(t)
	n := 0
	f.before = func(action string, _ object) *fault {
		if n++; action == "CreateTable" && n < 5 {
			return &fault{code: "ThrottlingException"}
		}
		return nil
	}
	ensure(t, f.catalog(), glueSchema(), true)
	wantWrites(t, f, "CreateTable", "CreateTable", "CreateTable", "CreateTable")
}

// TestRaceOfCreators: the table appears between reading and writing, with another schema.
func TestRaceOfCreators(t *testing.T) {
	f := newFake(t)
	rival := newFake(t)
	small := glueSchema()
	small.Dimensions = small.Dimensions[:3]
	ensure(t, rival.catalog(), small, true)
	f.before = func(action string, _ object) *fault {
		if action == "CreateTable" && f.tables["raw_glue_metrics"] == nil {
			f.tables["raw_glue_metrics"] = rival.table("raw_glue_metrics")
			f.tables["raw_glue_metrics_flat"] = rival.table("raw_glue_metrics_flat")
		}
		return nil
	}
	c := f.catalog()
	ensure(t, c, glueSchema(), true)
	wantWrites(t, f, "CreateTable", "UpdateTable", "UpdateTable")
	ensure(t, c, glueSchema(), false)
	_, err := c.EnsureTable(t.Context(), small)
	wantCode(t, err, limnograph.CodeConflict, "source")
}

// TestStaleWriterDoesNotUndoTheView: somebody extends table and view after a writer of the older schema has read them.
func TestStaleWriterDoesNotUndoTheView(t *testing.T) {
	f := newFake(t)
	small := glueSchema()
	small.Dimensions = small.Dimensions[:3]
	ensure(t, f.catalog(), small, true)
	f.edit("raw_glue_metrics_flat", func(v object) { v["ViewOriginalText"] = "damaged" })
	extended := false
	f.before = func(action string, in object) *fault {
		if action != "UpdateTable" || extended {
			return nil
		}
		extended = true // the writer of the small schema is about to heal the view
		f.mu.Unlock()
		defer f.mu.Lock()
		if _, err := f.catalog().EnsureTable(context.Background(), glueSchema()); err != nil {
			t.Error(err)
		}
		return nil
	}
	_, err := f.catalog().EnsureTable(t.Context(), small)
	wantCode(t, err, limnograph.CodeConflict, "would lose the column")
	f.before = nil
	ensure(t, f.catalog(), glueSchema(), false)
}

func TestGivesUpAfterManyRaces(t *testing.T) {
	f := newFake(t)
	c := f.catalog()
	ensure(t, c, glueSchema(), true)
	f.before = func(action string, _ object) *fault {
		if action == "UpdateTable" || action == "BatchCreatePartition" {
			return &fault{code: "ConcurrentModificationException"}
		}
		return nil
	}
	s := glueSchema()
	s.Retention = time.Hour
	_, err := c.EnsureTable(t.Context(), s)
	wantCode(t, err, limnograph.CodeUnavailable, "gave up after 12 attempts")
	_, err = c.AddPartitions(t.Context(), "glue_metrics", []limnograph.Partition{hour(1)})
	wantCode(t, err, limnograph.CodeUnavailable, "gave up after 12 attempts")
}

func TestErrorsHaveCodes(t *testing.T) {
	tests := map[string]struct {
		fault fault
		code  limnograph.Code
		words string
	}{
		"AccessDenied": {fault{code: "AccessDeniedException"}, limnograph.CodeForbidden, "allow glue:%s on the catalog, the database limno"},
		"Throttled":    {fault{code: "ThrottlingException"}, limnograph.CodeUnavailable, "try again later"},
		"Invalid":      {fault{code: "InvalidInputException"}, limnograph.CodeInvalid, "InvalidInputException: because"},
		"Quota":        {fault{code: "ResourceNumberLimitExceededException"}, limnograph.CodeTooLarge, "quota"},
		"Expired":      {fault{code: "ExpiredTokenException"}, limnograph.CodeUnauthorized, "renew the credentials"},
		"Encryption":   {fault{code: "GlueEncryptionException"}, limnograph.CodeForbidden, "KMS"},
	}
	calls := map[string]func(*glue.Catalog) error{
		"GetTables":     func(c *glue.Catalog) error { _, err := c.Tables(t.Context()); return err },
		"GetPartitions": func(c *glue.Catalog) error { _, err := c.Partitions(t.Context(), "glue_metrics"); return err },
		"BatchCreatePartition": func(c *glue.Catalog) error {
			_, err := c.AddPartitions(t.Context(), "glue_metrics", []limnograph.Partition{hour(1)})
			return err
		},
		"BatchGetPartition": func(c *glue.Catalog) error {
			_, err := c.AddPartitions(t.Context(), "glue_metrics", []limnograph.Partition{hour(1)})
			return err
		},
		"CreateTable": func(c *glue.Catalog) error { _, err := c.EnsureTable(t.Context(), schema.Other()); return err },
		"UpdateTable": func(c *glue.Catalog) error {
			s := glueSchema()
			s.Retention = time.Hour
			_, err := c.EnsureTable(t.Context(), s)
			return err
		},
		"GetTable":       func(c *glue.Catalog) error { _, err := c.EnsureTable(t.Context(), glueSchema()); return err },
		"GetDatabase":    func(c *glue.Catalog) error { _, err := c.EnsureDatabase(t.Context()); return err },
		"CreateDatabase": func(c *glue.Catalog) error { _, err := c.EnsureDatabase(t.Context()); return err },
	}
	for name, tt := range tests {
		for action, call := range calls {
			t.Run(name+action, func(t *testing.T) {
				f := newFake(t)
				c := f.catalog()
				ensure(t, c, glueSchema(), true)
				f.databases[database] = action != "CreateDatabase"
				f.before = func(is string, _ object) *fault {
					if is == action {
						return &tt.fault
					}
					return nil
				}
				wantCode(t, call(c), tt.code, strings.ReplaceAll(tt.words, "%s", action))
			})
		}
	}
}

func TestMissingDatabase(t *testing.T) {
	f := newFake(t)
	delete(f.databases, database)
	c := f.catalog()
	_, err := c.EnsureTable(t.Context(), glueSchema())
	wantCode(t, err, limnograph.CodeNotFound, "limno deploy creates it")
	_, err = c.Tables(t.Context())
	wantCode(t, err, limnograph.CodeNotFound, "database limno")
	for _, want := range []bool{true, false} {
		if created, err := c.EnsureDatabase(t.Context()); err != nil || created != want {
			t.Errorf("EnsureDatabase = %v, %v", created, err)
		}
	}
	ensure(t, c, glueSchema(), true)
}

func TestCancelledContext(t *testing.T) {
	c := newFake(t).catalog()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.EnsureTable(ctx, glueSchema())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), -1)
	defer cancel()
	_, err = c.Tables(ctx)
	wantCode(t, err, limnograph.CodeTimeout, "deadline")
}

// TestPartitionErrors: of a batch some exist, some fail for now, some for good; all that can be registered are.
func TestPartitionErrors(t *testing.T) {
	f := newFake(t)
	c := f.catalog()
	ensure(t, c, glueSchema(), true)
	round := 0
	f.before = func(action string, in object) *fault {
		if action != "BatchCreatePartition" {
			return nil
		}
		var errs []object
		var rest []any
		for _, one := range in["PartitionInputList"].([]any) {
			values := one.(object)["Values"]
			switch h := values.([]any)[4]; {
			case h == "01":
				errs = append(errs, itemError(values, "InvalidInputException"))
			case h == "02" && round < 2:
				errs = append(errs, itemError(values, "InternalServiceException"))
			case h == "03" && round < 1:
				errs = append(errs, itemError(values, "AlreadyExistsException"))
			default:
				rest = append(rest, one)
			}
		}
		round++
		in["PartitionInputList"] = rest
		f.partitionAnswer(action, in)
		return &fault{out: object{"Errors": errs}}
	}
	added, err := c.AddPartitions(t.Context(), "glue_metrics", []limnograph.Partition{hour(0), hour(1), hour(2), hour(3)})
	wantCode(t, err, limnograph.CodeInvalid, "partition 111122223333/2026/11/24/01: because")
	if added != 2 {
		t.Errorf("%d added, want 2", added)
	}
	got, err := c.Partitions(t.Context(), "glue_metrics")
	if err != nil || !slices.Equal(got, []limnograph.Partition{hour(0), hour(2)}) {
		t.Errorf("%v, %v", got, err)
	}
	if round != 3 {
		t.Errorf("%d rounds", round)
	}
}

// TestWholeBatchSaysAlreadyExists: what the call may have done is looked up.
func TestWholeBatchSaysAlreadyExists(t *testing.T) {
	for name, apply := range map[string]bool{"AndAddedTheOthers": true, "AndAddedNone": false} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			c := f.catalog()
			ensure(t, c, glueSchema(), true)
			f.forgetCalls()
			first := true
			f.before = func(action string, _ object) *fault {
				if action != "BatchCreatePartition" || !first {
					return nil
				}
				first = false
				return &fault{apply: apply, code: "AlreadyExistsException"}
			}
			if _, err := c.AddPartitions(t.Context(), "glue_metrics", []limnograph.Partition{hour(1), hour(2)}); err != nil {
				t.Fatal(err)
			}
			want := []string{"BatchCreatePartition", "BatchCreatePartition"}
			if apply {
				want = want[:1]
			}
			wantWrites(t, f, want...)
			if got, err := c.Partitions(t.Context(), "glue_metrics"); err != nil || len(got) != 2 {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestForeignPartitionsAreLeftOut(t *testing.T) {
	f := newFake(t)
	c := f.catalog()
	ensure(t, c, glueSchema(), true)
	for _, values := range [][]any{{"x"}, {"x", "2026", "11", "24", "99"}, {"x", "2026", "1", "2", "3"}, {"x", "2026", "11", "24", "05"}} {
		f.partitions["raw_glue_metrics"] = append(f.partitions["raw_glue_metrics"], object{"Values": values})
	}
	got, err := c.Partitions(t.Context(), "glue_metrics")
	want := []limnograph.Partition{{Sender: "x", Hour: hour(5).Hour}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}
