package main

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"limnograph/cmd/limno/internal/config"
)

// settings are the flags that the commands on a data directory share. Each flag is one setting of the file.
type settings struct {
	configFile string
	dataDir    string            // default of this command
	presets    map[string]string // defaults of this command, below file and environment
	given      map[string]*string
}

// addSettings defines the shared flags; paths names the settings that become flags of cmd, presets its own defaults.
func addSettings(cmd *cobra.Command, defaultDir string, presets map[string]string, paths ...string) *settings {
	s := &settings{dataDir: filepath.Join(xdg.DataHome, defaultDir), presets: presets, given: map[string]*string{}}
	cmd.Flags().StringVar(&s.configFile, "config", "", "configuration file (YAML; default "+defaultConfigFile()+" if it exists)")
	docs := map[string]config.Key{}
	for _, k := range config.Keys(config.Default(s.dataDir)) {
		docs[k.Path] = k
	}
	for _, path := range paths {
		usual := docs[path].Default
		if preset, ok := presets[path]; ok {
			usual = preset
		}
		s.given[path] = cmd.Flags().String(flagName(path), "", describe(docs[path], usual))
	}
	return s
}

// flagName is the setting's path in flag spelling; landing's settings go without their section.
func flagName(path string) string {
	return strings.NewReplacer("landing.", "", ".", "-", "_", "-").Replace(path)
}

func describe(k config.Key, usual string) string {
	if usual == "" {
		return k.Doc + " (" + k.Env + ")"
	}
	return k.Doc + " (default " + usual + "; " + k.Env + ")"
}

// load reads the configuration for cmd.
func (s *settings) load(cmd *cobra.Command) (config.Config, error) { return config.Load(s.source(cmd)) }

func (s *settings) source(cmd *cobra.Command) config.Source {
	src := config.Source{
		File: s.configFile, DataDir: s.dataDir, Presets: s.presets, Flags: map[string]string{},
		LookupEnv: os.LookupEnv, ReadFile: os.ReadFile,
	}
	if src.File == "" {
		src.File = os.Getenv("LIMNO_CONFIG")
	}
	if src.File == "" {
		src.File, src.Optional = defaultConfigFile(), true
	}
	for path, value := range s.given {
		if cmd.Flags().Changed(flagName(path)) {
			src.Flags[path] = *value
		}
	}
	return src
}

func defaultConfigFile() string { return filepath.Join(xdg.ConfigHome, "limno", "config.yaml") }

// newLogger makes the log that cfg asks for.
func newLogger(w io.Writer, cfg config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		level = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}
