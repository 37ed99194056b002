package vaultdev

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// holdsConnection says whether a process on this machine has the other end of a connection over IPv4, by Linux's /proc:
// its list of TCP sockets names a socket by both its addresses and gives its inode, and the process's own list of open
// files names that.
func holdsConnection(pid int, conn net.Conn) bool {
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return false
	}
	inode := socketInode(string(table), conn.RemoteAddr().String(), conn.LocalAddr().String())
	if inode == "" {
		return false
	}
	opened, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/fd/*")
	if err != nil {
		return false
	}
	for _, file := range opened {
		if target, err := os.Readlink(file); err == nil && target == "socket:["+inode+"]" {
			return true
		}
	}
	return false
}

// socketInode finds the socket with these two addresses in what Linux's /proc/net/tcp says; empty when it is not there.
func socketInode(table, local, remote string) string {
	const inodeColumn = 9
	here, there := procAddress(local), procAddress(remote)
	for line := range strings.Lines(table) {
		columns := strings.Fields(line)
		if len(columns) > inodeColumn && columns[1] == here && columns[2] == there {
			return columns[inodeColumn]
		}
	}
	return ""
}

// procAddress writes an IPv4 address and port as Linux's /proc does: both in hexadecimal, the address in the order of
// the machine's bytes. Empty for anything else.
func procAddress(hostPort string) string {
	address, err := netip.ParseAddrPort(hostPort)
	if err != nil || !address.Addr().Is4() {
		return ""
	}
	bytes := address.Addr().As4()
	return fmt.Sprintf("%08X:%04X", binary.NativeEndian.Uint32(bytes[:]), address.Port())
}
