package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"limnograph/cmd/limno/internal/config"
)

// sharedSettings are the settings that serve and demo also take as flags.
func sharedSettings() []string {
	return []string{"data", "listen", "landing.seal_after", "schemas.dir", "log.level", "log.format", "pprof.listen"}
}

func newServeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the delivery endpoint, the API and the page",
		Long: "Runs Limnograph on one data directory: Firehose delivers to POST /firehose/v1/{stream}, people open the page,\n" +
			"programs use /api/v1. Everything acknowledged is on disk. Stop it with Ctrl-C or SIGTERM.\n" +
			"With storage: s3://bucket/prefix it shows what Firehose delivers to that bucket; nothing is delivered to it then.",
		Example: "  limno serve\n  limno serve --data /var/lib/limno --listen 0.0.0.0:8443 --config /etc/limno/config.yaml\n" +
			"  LIMNO_FIREHOSE_ACCESS_KEY=secret limno serve",
		Args: cobra.NoArgs,
	}
	set := addSettings(cmd, "limno", nil, sharedSettings()...)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := set.load(cmd)
		if err != nil {
			return err
		}
		reload := func() (config.Config, error) { return set.load(cmd) }
		s, err := newServer(cmd.Context(), cfg, newLogger(cmd.ErrOrStderr(), cfg.Log), serverOptions{command: "limno serve", reload: reload})
		if err != nil {
			return err
		}
		announce(cmd, s)
		return s.run(cmd.Context())
	}
	return cmd
}

// announce tells a person how to get in and what to give to Firehose.
func announce(cmd *cobra.Command, s *server) {
	out := cmd.ErrOrStderr()
	fmt.Fprintf(out, "limno %s serves %s\n", version, s.cfg.Data)
	fmt.Fprintf(out, "  page      %s/  (admin token: %s)\n", s.url(), s.tokenSource())
	if s.keyring != nil {
		fmt.Fprintf(out, "  Firehose  %s/firehose/v1/STREAM  (access key: %s)\n", s.url(), s.keySource())
	}
	for _, f := range s.about {
		fmt.Fprintf(out, "  %-9s %s\n", f.name, f.text)
	}
	if !s.cfg.Loopback() && s.cfg.TLS.CertFile == "" {
		fmt.Fprintln(out, "  note: the listener can be reached from other machines without TLS; set tls.cert_file and tls.key_file")
	}
}

func (s *server) tokenSource() string {
	switch {
	case s.cfg.TokenFile != "":
		return s.cfg.TokenFile
	case s.cfg.Token != "":
		return "from the configuration"
	}
	return tokenPath(s.cfg.Data)
}

func (s *server) keySource() string {
	if len(accessKeys(s.cfg)) > 0 {
		return "from the configuration"
	}
	return generatedKeyPath(s.cfg.Data)
}
