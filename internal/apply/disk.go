package apply

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// A disk is the seam through which everything here touches the file system.
// fault, which only tests set, is asked before each call and may make it fail.
type disk struct {
	root  *os.Root
	fault func(op, name string) error

	top    *os.Root // of the whole project, if root lies in one
	path   string   // of root below top
	handle *os.File // root as a file, once it was needed
	noExec bool     // files have no executable bit here
}

// at is the path of name.
func (d *disk) at(name string) string { return filepath.Join(d.root.Name(), name) }

// dir returns the directory itself as an open file.
func (d *disk) dir() (*os.File, error) {
	if d.handle != nil {
		return d.handle, nil
	}
	f, err := d.open(".", os.O_RDONLY, 0)
	if err == nil {
		d.handle = f
	}
	return f, err
}

// close closes the directory.
func (d *disk) close() {
	d.release()
	_ = d.root.Close()
}

// release closes what was opened besides the root.
func (d *disk) release() {
	if d.handle != nil {
		_ = d.handle.Close()
		d.handle = nil
	}
}

func (d *disk) ask(op, name string) error {
	if d.fault == nil {
		return nil
	}
	return d.fault(op, name)
}

// sub is d for the directory name below it.
func (d *disk) sub(name string) (*disk, error) {
	if err := d.ask("open", name); err != nil {
		return nil, err
	}
	r, err := d.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &disk{root: r, fault: d.fault, noExec: d.noExec}, nil
}

func (d *disk) lstat(name string) (fs.FileInfo, error) {
	if err := d.ask("lstat", name); err != nil {
		return nil, err
	}
	return d.root.Lstat(name)
}

func (d *disk) readlink(name string) (to string, err error) {
	err = d.do("readlink", name, func() error {
		to, err = d.root.Readlink(name)
		return err
	})
	return to, err
}

// do asks, then does.
func (d *disk) do(op, name string, f func() error) error {
	if err := d.ask(op, name); err != nil {
		return err
	}
	return f()
}

func (d *disk) open(name string, flag int, perm fs.FileMode) (*os.File, error) {
	if err := d.ask("open", name); err != nil {
		return nil, err
	}
	return d.root.OpenFile(name, flag, perm)
}

func (d *disk) mkdir(name string) error {
	return d.do("mkdir", name, func() error { return d.root.Mkdir(name, 0o777) })
}

func (d *disk) symlink(to, name string) error {
	return d.do("symlink", name, func() error { return d.root.Symlink(to, name) })
}

func (d *disk) remove(name string) error {
	return d.do("remove", name, func() error { return d.root.Remove(name) })
}

func (d *disk) removeAll(name string) error {
	return d.do("remove", name, func() error { return d.root.RemoveAll(name) })
}

// list returns the names in the directory name.
func (d *disk) list(name string) ([]string, error) {
	f, err := d.open(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

// rmdir removes the directory name if it is empty.
func (d *disk) rmdir(name string) error {
	f, err := d.dir()
	if err != nil {
		return err
	}
	return d.do("remove", name, func() error { return rmdir(d.root, f, name) })
}

// chmod gives the directory itself the permissions perm.
func (d *disk) chmod(perm fs.FileMode) error {
	f, err := d.dir()
	if err != nil {
		return err
	}
	return d.do("chmod", ".", func() error { return f.Chmod(perm) })
}

// chmodFile gives the file name, which was made before, the permissions perm.
func (d *disk) chmodFile(name string, perm fs.FileMode) error {
	f, err := d.open(name, os.O_RDONLY|noFollow|nonBlocking, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return d.do("chmod", name, func() error { return f.Chmod(perm) })
}

// tryMode gives the file name, made if need be, the permissions perm, and
// returns whether it is executable then. Some file systems refuse.
func (d *disk) tryMode(name string, perm fs.FileMode) (exec fs.FileMode, err error) {
	f, err := d.open(name, os.O_RDWR|os.O_CREATE|noFollow|nonBlocking, perm)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	err = d.do("chmod", name, func() error { return f.Chmod(perm) })
	if err != nil && !errors.Is(err, syscall.EPERM) && !errors.Is(err, errors.ErrUnsupported) {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Mode() & 0o100, nil
}

// moveTo renames name in d to as in to. With replace, a file that is there is
// replaced; else the error is ErrExist.
func (d *disk) moveTo(name string, to *disk, as string, replace bool) error {
	from, err := d.dir()
	if err != nil {
		return err
	}
	into, err := to.dir()
	if err != nil {
		return err
	}
	return d.do("rename", as, func() error {
		if replace {
			return retry(func() error { return moveOver(d, from, name, to, into, as) })
		}
		return retry(func() error { return moveIfFree(d, from, name, to, into, as) })
	})
}

// exchange gives the file name in d the place of as in to, which as leaves for
// the other's; both is false where only a rename over as is to be had.
func (d *disk) exchange(name string, to *disk, as string) (both bool, err error) {
	from, err := d.dir()
	if err != nil {
		return false, err
	}
	into, err := to.dir()
	if err != nil {
		return false, err
	}
	err = d.do("rename", as, func() (err error) { both, err = swap(from, name, into, as); return err })
	if err != nil || both {
		return both, err
	}
	return false, d.moveTo(name, to, as, true)
}

// syncFile puts the file name, which was written before, on the disk; a link
// goes there with its directory.
func (d *disk) syncFile(name string) error {
	if info, err := d.lstat(name); err != nil || !info.Mode().IsRegular() {
		return err
	}
	f, err := d.open(name, syncFlag|noFollow|nonBlocking, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return d.do("sync", name, f.Sync)
}

// create opens the new file name.
func (d *disk) create(name string, perm fs.FileMode) (*os.File, error) {
	return d.open(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|nonBlocking, perm)
}

// write makes the new file name and, if sync, puts it on the disk.
func (d *disk) write(name string, data []byte, perm fs.FileMode, sync bool) error {
	f, err := d.create(name, perm)
	if err != nil {
		return err
	}
	err = d.do("write", name, func() error {
		_, err := f.Write(data)
		return err
	})
	if err == nil && sync {
		err = d.do("sync", name, f.Sync)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

func (d *disk) syncDir(name string) error {
	f, err := d.open(name, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return d.do("sync", name, func() error { return syncDir(f) })
}
