package landing_test

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"limnograph/landing"
	"limnograph/localdir"
	"limnograph/mem"
)

// An import cuts its source into pieces; no cut may fall into an object, whatever stands in strings and between objects.
func TestImportNeverCutsAnObject(t *testing.T) {
	separators := []string{"", "\n", "\r\n", "\n\n", " ", "\t\n \n"}
	values := []string{`plain`, `}{`, `}\n{`, `\"}\n{\"`, `\\`, `{`, `[]{}`, `\u007b\u007d`, "ü€", `\\\"`}
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(rt, "objects")
		var b strings.Builder
		for i := range n {
			value := rapid.SampledFrom(values).Draw(rt, "value")
			fmt.Fprintf(&b, `{"account_id":"1","region":"r","namespace":"Glue","metric_name":"m","dimensions":{"JobName":"%s"},"timestamp":1764000000000,"value":{"max":1.0,"min":1.0,"sum":1.0,"count":1.0},"unit":"None","n":%d}`, value, i)
			b.WriteString(rapid.SampledFrom(separators).Draw(rt, "separator"))
		}
		s := mem.New()
		im := landing.NewImporter(s, newLander(t, s, landing.Config{}, nil), tableOf, landing.ImportConfig{ChunkBytes: rapid.IntRange(1, 3000).Draw(rt, "chunk")})
		got, err := im.Import(t.Context(), source("x", []byte(b.String())))
		if err != nil || got.Lines != int64(n) || got.Rejected != 0 {
			rt.Fatalf("%+v, %v from %s", got, err, b.String())
		}
		wantLines(t, s, "m", n)
	})
}

// Recovery meets whatever a broken disk left: it must neither crash nor publish anything that cannot be read.
func FuzzRecovery(f *testing.F) {
	s := mem.New()
	l := newLander(f, s, landing.Config{}, nil)
	must(f, l.Append(f.Context(), batch(part("glue_metrics", "a", 3))))
	must(f, l.Append(f.Context(), batch(part("glue_metrics", "b", 2))))
	names, err := s.Names(f.Context())
	must(f, err)
	_, r, err := s.Recover(f.Context(), names[0])
	must(f, err)
	whole := make([]byte, 1<<12)
	n, _ := r.Read(whole)
	f.Add(whole[:n])
	f.Add(whole[:n-3])
	f.Add([]byte("\x1f\x8b\x08\x08"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		s := mem.New()
		g, err := s.Create(t.Context(), names[0])
		must(t, err)
		_, err = g.Write(content)
		must(t, err)
		must(t, g.Close())
		newLander(t, s, landing.Config{}, nil)
		if left, err := s.Names(t.Context()); err != nil || len(left) != 0 {
			t.Errorf("segments %q are left, %v", left, err)
		}
		for _, key := range keysOf(t, s, "landing/metrics/") {
			if _, err := io.Copy(io.Discard, inflate(t, s, key)); err != nil {
				t.Errorf("%s: %v", key, err)
			}
		}
	})
}

// The same on a real directory: what a killed process left is there after the next start.
func TestOnDisk(t *testing.T) {
	dir := t.TempDir()
	for life := range 3 {
		s, err := localdir.Open(dir)
		must(t, err)
		l, err := landing.New(t.Context(), s, s, nil, landing.Config{})
		must(t, err)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				must(t, l.Append(t.Context(), batch(part("glue_metrics", fmt.Sprint("life-", life, "-", i), 10), part("ebs_metrics", fmt.Sprint("e-", life, "-", i), 1))))
			})
		}
		wg.Wait() // and no orderly end
	}
	s, err := localdir.Open(dir)
	must(t, err)
	_, err = landing.New(t.Context(), s, s, nil, landing.Config{})
	must(t, err)
	if got := landed(t, s); len(got) != 3*20*11 || len(tally(got)) != len(got) {
		t.Errorf("%d lines, %d different", len(got), len(tally(got)))
	}
}
