package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"limnograph"
	awsconfig "limnograph/aws/config"
	"limnograph/aws/sqs"
	"limnograph/cmd/limno/internal/config"
)

// redriveFlags are the flags of `limno redrive`.
type redriveFlags struct {
	from, to string
	limit    int
	dryRun   bool
}

func newRedriveCommand() *cobra.Command {
	var f redriveFlags
	cmd := &cobra.Command{
		Use:   "redrive --from DEAD_LETTER_QUEUE [--to QUEUE]",
		Short: "Put the messages of a dead-letter queue back to work",
		Long: "Without --to, SQS itself moves all messages back to the queues that they came from. With --to, each message is\n" +
			"received, sent, and deleted only then: after an interruption a message may be in both queues, which is harmless, never\n" +
			"in none. Correct first what made the messages fail (a schema definition, a permission), or they come back.",
		Example: "  limno redrive --from limnograph-objects-dead\n" +
			"  limno redrive --from https://sqs.eu-west-1.amazonaws.com/111122223333/limno-dlq --to https://sqs.eu-west-1.amazonaws.com/111122223333/limno\n" +
			"  limno redrive --from URL --to URL --dry-run",
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&f.from, "from", "", "URL or name of the dead-letter queue")
	cmd.Flags().StringVar(&f.to, "to", "", "URL or name of the queue that works on the messages (default: those that they came from)")
	cmd.Flags().IntVar(&f.limit, "limit", 10_000, "most messages to move, with --to")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show the messages and leave them where they are")
	set := addSettings(cmd, "limno", nil)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := f.check(); err != nil {
			return usageError{err}
		}
		cfg, err := set.load(cmd)
		if err != nil {
			return err
		}
		return runRedrive(cmd, cfg.AWS, f)
	}
	return cmd
}

func (f redriveFlags) check() error {
	switch {
	case f.from == "":
		return errors.New("--from is needed: the URL or the name of the dead-letter queue")
	case f.from == f.to:
		return errSameQueue
	case f.limit <= 0:
		return errors.New("--limit must be above 0")
	}
	return nil
}

var errSameQueue = errors.New("--from and --to name the same queue")

// queueURL returns the address of a queue that is given by address or by name; that of none is empty.
func queueURL(ctx context.Context, clients awsconfig.Clients, queue string) (string, error) {
	if queue == "" || strings.Contains(queue, "://") {
		return queue, nil
	}
	return sqs.URL(ctx, clients.For("sqs"), queue)
}

func runRedrive(cmd *cobra.Command, a config.AWS, f redriveFlags) error {
	clients, err := awsClients(cmd.Context(), a)
	if err != nil {
		return err
	}
	for _, queue := range []*string{&f.from, &f.to} {
		if *queue, err = queueURL(cmd.Context(), clients, *queue); err != nil {
			return err
		}
	}
	if f.from == f.to {
		return usageError{errSameQueue}
	}
	from := sqs.New(clients.For("sqs"), f.from, sqs.Config{Visibility: redriveHold})
	r := &redrive{from: from, to: sqs.New(clients.For("sqs"), f.to, sqs.Config{}), limit: f.limit, out: cmd.OutOrStdout()}
	switch {
	case f.dryRun:
		return r.show(cmd.Context())
	case f.to == "":
		return moveBack(cmd.Context(), from, r.out)
	}
	return r.move(cmd.Context())
}

// moveBack lets SQS move the messages.
func moveBack(ctx context.Context, from *sqs.Queue, out io.Writer) error {
	moved, err := from.MoveBack(ctx, func(m sqs.Moved) { fmt.Fprintf(out, "%d of about %d\n", m.Done, m.Total) })
	fmt.Fprintf(out, "moved about %d %s\n", moved.Done, plural(int(moved.Done), "message", "messages"))
	return err
}

// redriveHold is how long a message stays unseen by others while it is moved: longer than all steps with their retries.
const redriveHold = 2 * time.Minute

// redriveWait is how long an empty answer takes. Two of them in a row end the work: one server of the queue may have
// nothing while another has.
const redriveWait = 2 * time.Second

// redrive moves messages from one queue to another.
type redrive struct {
	from  limnograph.QueueReader
	to    limnograph.QueueWriter
	limit int
	out   io.Writer
}

// move takes messages until there are none, or the limit is reached.
func (r *redrive) move(ctx context.Context) error {
	moved := 0
	err := r.each(ctx, func(messages []limnograph.Message) error {
		if err := r.to.Send(ctx, bodiesOf(messages)); err != nil {
			return errors.Join(fmt.Errorf("send: %w", err), r.from.Release(context.WithoutCancel(ctx), messages, 0))
		}
		moved += len(messages)
		if err := r.from.Delete(ctx, messages); err != nil {
			return fmt.Errorf("%d messages were sent, and some of them are still in the dead-letter queue too: %w", len(messages), err)
		}
		return nil
	})
	fmt.Fprintf(r.out, "moved %d %s\n", moved, plural(moved, "message", "messages"))
	if err == nil && moved == r.limit {
		fmt.Fprintln(r.out, "the limit is reached; run the command again for the rest")
	}
	return err
}

func bodiesOf(messages []limnograph.Message) []string {
	bodies := make([]string, len(messages))
	for i, m := range messages {
		bodies[i] = m.Body
	}
	return bodies
}

// show prints messages, each once, and gives them back at the end, so that none is received twice before.
func (r *redrive) show(ctx context.Context) error {
	var seen []limnograph.Message
	err := r.each(ctx, func(messages []limnograph.Message) error {
		seen = append(seen, messages...)
		for _, m := range messages {
			fmt.Fprintf(r.out, "%s  received %d times  %s\n", m.ID, m.Received, clipped(m.Body))
		}
		return nil
	})
	fmt.Fprintf(r.out, "%d %s would be moved\n", len(seen), plural(len(seen), "message", "messages"))
	if len(seen) == 0 {
		return err
	}
	return errors.Join(err, r.from.Release(context.WithoutCancel(ctx), seen, 0))
}

// each hands out messages in batches, up to the limit.
func (r *redrive) each(ctx context.Context, do func([]limnograph.Message) error) error {
	for taken, empty := 0, 0; taken < r.limit && empty < 2; {
		messages, err := r.from.Receive(ctx, min(10, r.limit-taken), redriveWait)
		if err != nil {
			return err
		}
		if len(messages) == 0 {
			empty++
			continue
		}
		taken, empty = taken+len(messages), 0
		if err := do(messages); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// clipped is a body on one line, as far as it fits.
func clipped(body string) string {
	const most = 200
	text := cellText([]byte(fmt.Sprintf("%q", body)))
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "..."
	}
	return text
}
