package main

import (
	"context"
	"path"
	"strings"

	"limnograph"
	"limnograph/aws/lambdaevent"
	"limnograph/aws/s3"
	"limnograph/aws/sqs"
	"limnograph/cataloging"
	"limnograph/schema"
)

// openConsumer makes this server the one that writes the catalogue, when it is given the queue of notifications. The
// worker goes on following the catalogue: it hears of what was written, and looks it up.
func (b *bucket) openConsumer(ctx context.Context) error {
	if b.cfg.AWS.Notifications == "" {
		return nil
	}
	to, err := b.cataloguer(ctx)
	if err != nil {
		return err
	}
	queue := sqs.New(b.clients.For("sqs"), b.cfg.AWS.Notifications, sqs.Config{})
	consumer := cataloging.NewConsumer(queue, b.decode, to, cataloging.ConsumerConfig{Counted: b.counted, Notify: b.worker.Notify, Logger: b.log})
	b.works = append(b.works, consumer.Run)
	return nil
}

// counted makes the follower look when the catalogue was written.
func (b *bucket) counted(c cataloging.Counts) {
	if b.follower != nil && c.Tables+c.Partitions > 0 {
		b.follower.Look()
	}
}

// cataloguer writes what notifications tell of: into Glue, or nowhere, because without Glue the worker itself writes.
func (b *bucket) cataloguer(ctx context.Context) (cataloging.Cataloguer, error) {
	if b.glue == nil {
		return heard{}, nil
	}
	if _, err := b.glue.EnsureDatabase(ctx); err != nil {
		return nil, err
	}
	definitions, err := b.definitions()
	if err != nil {
		return nil, err
	}
	return cataloging.NewHandler(b.store, b.glue, definitions, cataloging.HandlerConfig{}), nil
}

// definitions reads schema definitions from the bucket. Keys of a store have a folder, so the last one of the location
// is part of them.
func (b *bucket) definitions() (*cataloging.StoredDefinitions, error) {
	at := s3.Location{Bucket: b.location.Bucket, Prefix: path.Join(b.location.Prefix, "schemas")}
	if b.cfg.AWS.Schemas != "" {
		var err error
		if at, err = s3.ParseLocation(b.cfg.AWS.Schemas); err != nil {
			return nil, err
		}
	}
	parent, folder := path.Split(at.Prefix)
	root := s3.Location{Bucket: at.Bucket, Prefix: strings.TrimSuffix(parent, "/")}
	return cataloging.NewStoredDefinitions(b.storeAt(root), folder+"/", schema.Builtin(),
		cataloging.DefinitionsConfig{Where: root.String() + "/"}), nil
}

// decode reads a message: the objects of this store that it tells of and that are still there.
func (b *bucket) decode(body string) ([]limnograph.ObjectEvent, error) {
	objects, err := lambdaevent.Decode(body)
	if err != nil {
		return nil, err
	}
	var own []limnograph.ObjectEvent
	for _, o := range objects {
		if key, ours := b.location.KeyOf(o.Bucket, o.Key); ours && !o.Removed {
			own = append(own, limnograph.ObjectEvent{Key: key, Size: o.Size})
		}
	}
	return own, nil
}

// heard catalogues nothing: the worker hears of the objects, and its own comparison with the bucket finds what is lost.
type heard struct{}

// Catalogue is done with every message.
func (heard) Catalogue(_ context.Context, messages [][]limnograph.ObjectEvent) ([]error, cataloging.Counts) {
	return make([]error, len(messages)), cataloging.Counts{Messages: len(messages)}
}

// Reconcile has nothing to do.
func (heard) Reconcile(context.Context) (cataloging.Counts, error) { return cataloging.Counts{}, nil }
