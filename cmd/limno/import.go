package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"limnograph/cmd/limno/internal/config"
	"limnograph/landing"
	"limnograph/web"
)

func newImportCommand() *cobra.Command {
	var sender string
	var f queryFlags
	cmd := &cobra.Command{
		Use:   "import PATH...",
		Short: "Take over Firehose objects that already exist",
		Long: "Reads files, or every file below a directory: objects that Data Firehose wrote, in gzip, zip, Snappy, Hadoop Snappy or\n" +
			"plain. Each datapoint keeps the arrival time of its object's key. An object is known by its content: importing it\n" +
			"again, or after an interruption, changes nothing. Goes through the running server if there is one.",
		Example: "  limno import ./backup/2026/11/\n  limno import --sender 111122223333 object-1.gz object-2.gz",
		Args:    needs("PATH", 1, -1),
	}
	cmd.Flags().StringVar(&sender, "sender", "", "deliverer to record for objects whose key names none (default import)")
	cmd.Flags().StringVar(&f.url, "url", "", "address of the server to import into")
	cmd.Flags().StringVar(&f.token, "token", "", "admin token (default: LIMNO_TOKEN, or admin-token of the data directory)")
	set := addSettings(cmd, "limno", map[string]string{"log.level": "warn"}, "data", "schemas.dir", "log.level")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := set.load(cmd)
		if err != nil {
			return err
		}
		files, err := findObjects(args)
		if err != nil {
			return err
		}
		return runImport(cmd, cfg, f, &importJob{files: files, sender: sender, progress: newProgressLine(cmd.ErrOrStderr(), time.Now)})
	}
	return cmd
}

// objectFile is one file to import; name is the key that its time and sender are read from.
type objectFile struct {
	path, name string
	modified   time.Time
}

// findObjects lists the files of the arguments in key order. Hidden files and folder markers are passed over.
func findObjects(args []string) ([]objectFile, error) {
	var out []objectFile
	for _, arg := range args {
		err := filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !d.Type().IsRegular() {
				return err
			}
			info, err := d.Info()
			if err == nil && path == arg || err == nil && d.Name()[0] != '.' {
				out = append(out, objectFile{path: path, name: keyOf(path), modified: info.ModTime()})
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("find objects to import: %w", err)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no files found to import")
	}
	sort.Slice(out, func(i, j int) bool { return out[i].name < out[j].name })
	return out, nil
}

// keyOf is the slash-separated absolute path: folders such as sender= and year= may stand above the argument.
func keyOf(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path
	}
	return filepath.ToSlash(abs)
}

// importJob is one call of limno import.
type importJob struct {
	files    []objectFile
	sender   string
	progress *progressLine

	mu     sync.Mutex
	total  importTotal
	failed []error
}

type importTotal struct{ seen, objects, skipped, lines, rejected int64 }

// importOne imports one object, whether here or through a server.
type importOne func(context.Context, objectFile) (web.ImportResult, error)

func runImport(cmd *cobra.Command, cfg config.Config, f queryFlags, job *importJob) error {
	target, err := findRunning(cfg, f)
	if err != nil {
		return err
	}
	if target == nil {
		if err := needsDirectory(cfg, "limno import", "put the objects into the bucket, below landing/metrics/"); err != nil {
			return err
		}
		return importDirect(cmd.Context(), cmd, cfg, job)
	}
	return job.run(cmd.Context(), func(ctx context.Context, o objectFile) (web.ImportResult, error) {
		return target.upload(ctx, o, job.sender)
	})
}

// importDirect holds the data directory itself for the time of the import.
func importDirect(ctx context.Context, cmd *cobra.Command, cfg config.Config, job *importJob) error {
	return holding(ctx, cfg, newLogger(cmd.ErrOrStderr(), cfg.Log), "limno import", func(ctx context.Context, c *core) error {
		imp := importFunc(c.importer)
		err := job.run(ctx, func(ctx context.Context, o objectFile) (web.ImportResult, error) {
			return imp(ctx, web.ImportRequest{Name: o.name, Modified: o.modified, Sender: job.sender, Open: func() (io.ReadCloser, error) { return os.Open(o.path) }})
		})
		return errors.Join(err, c.curation.CatchUp(ctx))
	})
}

// importFunc adapts landing's importer to the API's.
func importFunc(im *landing.Importer) func(context.Context, web.ImportRequest) (web.ImportResult, error) {
	return func(ctx context.Context, r web.ImportRequest) (web.ImportResult, error) {
		res, err := im.Import(ctx, landing.Source{Name: r.Name, Modified: r.Modified, Sender: r.Sender, Open: r.Open})
		return web.ImportResult{Skipped: res.Skipped, Lines: res.Lines, Rejected: res.Rejected, Format: string(res.Format), Arrival: res.Arrival}, err
	}
}

// importers is how many objects are imported at the same time: each waits for the disk several times.
const importers = 4

// run imports every object and goes on after one that fails, so that one damaged object does not stop the others.
func (j *importJob) run(ctx context.Context, one importOne) error {
	var g errgroup.Group
	g.SetLimit(importers)
	for _, o := range j.files {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			res, err := one(ctx, o)
			j.count(o, res, err)
			return nil
		})
	}
	_ = g.Wait() // failures are counted, not returned
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("stopped after %d of %d objects; run the same command again to go on: %w", j.total.seen, len(j.files), err)
	}
	j.progress.end(fmt.Sprintf("imported %d objects with %d datapoints; %d known already; %d lines to quarantine; %d objects failed",
		j.total.objects, j.total.lines, j.total.skipped, j.total.rejected, len(j.failed)))
	return errors.Join(j.failed...)
}

// count takes in the outcome of one object; several arrive at the same time.
func (j *importJob) count(o objectFile, res web.ImportResult, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.total.seen++
	switch {
	case err != nil:
		j.failed = append(j.failed, fmt.Errorf("%s: %w", o.path, err))
	case res.Skipped:
		j.total.skipped++
	default:
		j.total.objects++
		j.total.lines += res.Lines
		j.total.rejected += res.Rejected
	}
	done := float64(j.total.seen) / float64(len(j.files))
	j.progress.show(done, fmt.Sprintf("%d of %d objects, %d datapoints", j.total.seen, len(j.files), j.total.lines))
}

// upload sends one object to the server.
func (t *apiTarget) upload(ctx context.Context, o objectFile, sender string) (res web.ImportResult, err error) {
	file, err := os.Open(o.path)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	q := url.Values{"name": {o.name}, "modified": {o.modified.UTC().Format(time.RFC3339Nano)}}
	if sender != "" {
		q.Set("sender", sender)
	}
	body, err := t.do(ctx, http.MethodPut, "/api/v1/objects?"+q.Encode(), "application/octet-stream", io.NopCloser(file))
	if err != nil {
		return res, err
	}
	err = decodeJSON(body, &res)
	return res, errors.Join(err, body.Close())
}
