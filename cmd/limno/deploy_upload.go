package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"limnograph"
	"limnograph/aws/cloudformation"
	"limnograph/aws/config"
	"limnograph/aws/glue"
	"limnograph/aws/s3"
	template "limnograph/deploy/cloudformation"
)

// upload puts the code into its bucket, unless the same code is there; a bucket that is missing is made.
func (d *deployment) upload(ctx context.Context, bucket, key string, body []byte) error {
	store := d.target.store(d.clients, s3.Location{Bucket: bucket})
	err := put(ctx, store, key, body)
	if limnograph.ErrorCode(err) == limnograph.CodeConflict { // there is no such bucket
		if err = d.makeArtifactBucket(ctx, bucket); err == nil {
			err = put(ctx, store, key, body)
		}
	}
	switch {
	case limnograph.ErrorCode(err) == limnograph.CodeExists:
		d.say("%s is there already", store.URI(key))
	case err != nil:
		return err
	default:
		d.say("uploaded %s (%.1f MB)", store.URI(key), float64(len(body))/1e6)
	}
	return nil
}

func put(ctx context.Context, store *s3.Store, key string, body []byte) error {
	_, err := store.Put(ctx, key, bytes.NewReader(body), limnograph.PutOptions{IfAbsent: true})
	return err
}

// makeArtifactBucket makes the bucket as a stack of its own, which any later deployment shares.
func (d *deployment) makeArtifactBucket(ctx context.Context, bucket string) error {
	d.say("creating bucket %s for the functions' code", bucket)
	_, err := d.stacks.Deploy(ctx, cloudformation.Deployment{
		Name: d.flags.name + "-artifacts", Template: template.Artifacts(), Declared: []string{"BucketName"},
		Parameters: map[string]string{"BucketName": bucket}, Tags: d.tags,
	})
	return err
}

// templateURL uploads a template that is too large to travel with the call.
func (d *deployment) templateURL(ctx context.Context, bucket string, text []byte) (string, error) {
	if len(text) <= cloudformation.MaxTemplateBody {
		return "", nil
	}
	sum := sha256.Sum256(text)
	key := "templates/" + hex.EncodeToString(sum[:]) + ".yaml"
	if err := d.upload(ctx, bucket, key, text); err != nil {
		return "", err
	}
	if d.target.endpoint != "" {
		return strings.TrimSuffix(d.target.endpoint, "/") + "/" + bucket + "/" + key, nil
	}
	suffix := "amazonaws.com"
	if strings.HasPrefix(d.clients.Region(), "cn-") {
		suffix = "amazonaws.com.cn"
	}
	return fmt.Sprintf("https://%s.s3.%s.%s/%s", bucket, d.clients.Region(), suffix, key), nil
}

// takeOver looks, for a new stack, whether bucket and database exist already.
func (d *deployment) takeOver(ctx context.Context, values map[string]string) error {
	if d.standing.ID != "" {
		return nil
	}
	bucket, err := d.bucketExists(ctx, values["BucketName"])
	if err != nil {
		return err
	}
	if bucket && !d.flags.takeOver && values["CreateBucket"] != "false" {
		return &limnograph.Error{
			Code: limnograph.CodeExists, Op: "deploy stack", Message: "bucket " + values["BucketName"] + " exists already",
			Hint: "if a removed stack of this name has left it, deploy with --take-over; otherwise choose another --bucket or --name",
		}
	}
	if !d.flags.takeOver {
		return nil
	}
	database, err := d.databaseExists(ctx, values["DatabaseName"])
	if err != nil {
		return err
	}
	for name, exists := range map[string]bool{"CreateBucket": bucket, "CreateDatabase": database} {
		if exists && values[name] == "" {
			values[name] = "false"
		}
	}
	return nil
}

func (d *deployment) bucketExists(ctx context.Context, bucket string) (bool, error) {
	store := d.target.store(d.clients, s3.Location{Bucket: bucket})
	for _, err := range store.List(ctx, "schemas/", "") {
		if limnograph.ErrorCode(err) == limnograph.CodeConflict {
			return false, nil
		}
		return err == nil, err
	}
	return true, nil
}

func (d *deployment) databaseExists(ctx context.Context, database string) (bool, error) {
	if database == "" {
		database = "limnograph"
	}
	_, err := glue.New(d.clients.For("glue"), glue.Config{Database: database}).Tables(ctx)
	if limnograph.ErrorCode(err) == limnograph.CodeNotFound {
		return false, nil
	}
	return err == nil, err
}

// newStacks tells the person at the terminal what happens to each resource.
func newStacks(clients config.Clients, w io.Writer) *cloudformation.Stacks {
	return cloudformation.New(clients.For("cloudformation"), cloudformation.Config{
		Progress: func(e cloudformation.Event) {
			if !strings.HasSuffix(e.Status, "_IN_PROGRESS") {
				fmt.Fprintf(w, "%s  %-28s %s\n", e.Time.Format(time.TimeOnly), e.Status, strings.TrimSpace(e.ID+"  "+reason(e)))
			}
		},
	})
}

func reason(e cloudformation.Event) string {
	if e.Reason != "" {
		return e.Reason
	}
	return e.Type
}
