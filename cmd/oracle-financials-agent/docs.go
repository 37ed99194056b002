package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// docsCommand is for those who package the program.
func docsCommand() *cobra.Command {
	docs := &cobra.Command{Use: "docs", Short: "Write documentation", Hidden: true, Args: noSuchCommand, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	docs.AddCommand(&cobra.Command{
		Use:     "man DIRECTORY",
		Short:   "Write a manual page of every command into a directory",
		Example: `  oracle-financials-agent docs man /usr/local/share/man/man1`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("docs man takes the directory that the pages are written into, which must exist")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			build := builtAs()
			header := &doc.GenManHeader{Section: "1", Source: program + " " + build.Version, Manual: "Oracle Financials for Vault"}
			if built, err := time.Parse(time.RFC3339, build.BuildTime); err == nil {
				header.Date = &built // so that one build writes the same pages everywhere
			}
			if err := doc.GenManTree(cmd.Root(), header, args[0]); err != nil {
				return fmt.Errorf("the manual pages could not be written: %w", err)
			}
			return nil
		},
	})
	return docs
}
