package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"time"

	"limnograph/access"
	"limnograph/cmd/limno/internal/config"
	"limnograph/firehose"
)

// keyPoll is how often configuration and key files are looked at for changed access keys.
const keyPoll = 2 * time.Second

// keyring holds the access keys in force and follows the configuration.
type keyring struct {
	reload  func() (config.Config, error)
	log     *slog.Logger
	current atomic.Pointer[[]firehose.AccessKey]
	trouble sayOnce
}

// newKeyring takes the keys of cfg, or generates one when cfg has none.
func newKeyring(cfg config.Config, reload func() (config.Config, error), log *slog.Logger) (*keyring, error) {
	k := &keyring{reload: reload, log: log, trouble: sayOnce{log: log, message: "changed configuration refused; access keys stay as they are"}}
	keys, err := keysInForce(cfg)
	k.current.Store(&keys)
	return k, err
}

// keysInForce are the keys of cfg, or the generated one when cfg has none.
func keysInForce(cfg config.Config) ([]firehose.AccessKey, error) {
	if keys := accessKeys(cfg); len(keys) > 0 {
		return keys, nil
	}
	secret, _, err := access.LoadOrCreateSecret(generatedKeyPath(cfg.Data), rand.Reader)
	return []firehose.AccessKey{{Name: config.DefaultKeyName, Keys: []string{secret}}}, err
}

func (k *keyring) keys() []firehose.AccessKey { return *k.current.Load() }

// watch follows the configuration until ctx ends. A broken configuration leaves the keys as they are.
func (k *keyring) watch(ctx context.Context) error {
	return every(ctx, keyPoll, k.refresh)
}

func (k *keyring) refresh() {
	cfg, err := k.reload()
	var keys []firehose.AccessKey
	if err == nil {
		keys, err = keysInForce(cfg)
	}
	if k.trouble.report(err); err != nil || reflect.DeepEqual(keys, k.keys()) {
		return
	}
	k.current.Store(&keys)
	k.log.Info("access keys in force", "names", len(keys))
}

func accessKeys(cfg config.Config) []firehose.AccessKey {
	var keys []firehose.AccessKey
	if cfg.Firehose.AccessKey != "" {
		keys = append(keys, firehose.AccessKey{Name: config.DefaultKeyName, Keys: []string{cfg.Firehose.AccessKey}})
	}
	for _, k := range cfg.Firehose.AccessKeys {
		key := firehose.AccessKey{Name: k.Name, Keys: []string{k.Key}, Accounts: k.Accounts}
		if k.NextKey != "" {
			key.Keys = append(key.Keys, k.NextKey)
		}
		keys = append(keys, key)
	}
	return keys
}

func generatedKeyPath(data string) string { return filepath.Join(data, "firehose-access-key") }
