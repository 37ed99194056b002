// Package deploy has no code, only tests: that the systemd units are what systemd takes, and that the page on how to
// install things names things that are there. What is in its folders is tested beside them, the chart and the container in
// tools/chart.
package deploy
