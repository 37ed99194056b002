package main

import "fmt"

// The integrations of an estate, by number. Names are of one length, so that all answers are.

func integrationName(n int) string { return fmt.Sprintf("i-%06d", n) }

func userName(n int) string { return fmt.Sprintf("API_USER_%06d", n) }

func passwordOf(n int) string { return fmt.Sprintf("Bench-Horse-9-%06d", n) }

// serverURL is a pod that is never asked: what is written without proof is only stored.
func serverURL(pod int) string { return fmt.Sprintf("https://pod-%02d.fa.us2.oraclecloud.com", pod) }

// unproved is an integration that is stored without a login.
func unproved(n int, url string) map[string]any {
	return map[string]any{
		"server_url": url, "username": userName(n), "password": passwordOf(n), "verify_connection": false,
	}
}
