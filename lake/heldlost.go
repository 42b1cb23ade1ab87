package lake

import (
	"context"
	"errors"

	"limnograph"
	"limnograph/columns"
)

// heldDamage says that a held file is gone or cannot be read.
type heldDamage struct {
	file HeldFile
	err  error
}

func (d *heldDamage) Error() string { return d.err.Error() }

func (d *heldDamage) Unwrap() error { return d.err }

// readHeld reads a held file whole. Errors: heldDamage.
func (w *work) readHeld(ctx context.Context, h HeldFile) ([]columns.Row, error) {
	rows, err := w.readAll(ctx, h.Key)
	if isDamage(err) {
		return nil, &heldDamage{file: h, err: err}
	}
	return rows, err
}

// withoutDamagedHeld ends an error that says that a held file is damaged: the table goes on without the file. done is false
// for every other error.
func (t *table) withoutDamagedHeld(ctx context.Context, cause error) (done bool, err error) {
	var damage *heldDamage
	if !errors.As(cause, &damage) {
		return false, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return false, err
	}
	if !hasHeld(t.base.Held, []HeldFile{damage.file}) {
		return true, nil // somebody was faster
	}
	ledger := t.base.Ledger
	ledger.Held, ledger.Mark = replaceHeld(ledger.Held, []HeldFile{damage.file}, nil), ""
	if err := t.commit(ctx, ledger, nil, nil); err != nil {
		return false, err
	}
	t.mark = ""
	t.sayHeldLost(damage.file, damage.err)
	return true, nil
}

// sayHeldLost tells that a held file was given up. Nobody knows what it held, so all of landing is read again: what the
// table has loses against itself.
func (t *table) sayHeldLost(h HeldFile, why error) {
	t.lake.metrics.heldLost.WithLabelValues(t.name).Inc()
	t.lake.cfg.Logger.Warn("a file of held statements is gone or damaged: landing is curated again", "table", t.name, "file", h.Key, "rows", h.Rows, "err", why)
}

// heldIsThere looks for a held file in its full size.
func (t *table) heldIsThere(ctx context.Context, h HeldFile) error {
	info, err := t.lake.objects.Stat(ctx, h.Key)
	if err == nil && h.Size > 0 && info.Size != h.Size {
		err = &limnograph.Error{Code: limnograph.CodeInvalid, Op: "read lake file", Message: h.Key + " has another size than it was written with"}
	}
	return err
}
