package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// attributes run a child as the cluster's user, in a process group of its own,
// so that Ctrl-C reaches it only through us, and end it when we end.
func (c *cluster) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	if c.runAs != nil {
		attributes.Credential = &syscall.Credential{Uid: c.runAs.uid, Gid: c.runAs.gid}
	}
	return attributes
}

// serves says whether a process is a Postgres on this cluster's data.
func (c *cluster) serves(pid int) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return false
	}
	words := strings.Split(string(line), "\x00")
	return strings.HasPrefix(filepath.Base(words[0]), "postgres") && strings.Contains(string(line), c.data)
}
