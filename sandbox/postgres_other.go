//go:build unix && !linux

package sandbox

import "syscall"

// attributes run a child as the cluster's user, in a process group of its own,
// so that Ctrl-C reaches it only through us.
func (c *cluster) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if c.runAs != nil {
		attributes.Credential = &syscall.Credential{Uid: c.runAs.uid, Gid: c.runAs.gid}
	}
	return attributes
}

// serves says whether a process is a Postgres on this cluster's data; whatever
// lives under the number is taken for it.
func (c *cluster) serves(pid int) bool { return syscall.Kill(pid, 0) == nil }
