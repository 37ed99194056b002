// Package prometheus has no code, only tests. They hold together what operators are given to be told by: the alerts
// (rules.yaml), their unit tests (rules_test.yaml, rules_days_test.yaml), the runbook (docs/runbook) and the dashboard
// (deploy/grafana).
//
// promtool, which is Prometheus' own, says whether rules and queries are right; where it comes from is said in
// scripts/prometheus.sh. What promtool cannot know is checked here: that each alert has a page and a unit test, that a
// metric or a state that is named exists, and that the commands of the runbook are commands of the product.
package prometheus
