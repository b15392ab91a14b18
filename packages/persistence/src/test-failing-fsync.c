// Preloaded into a process under test: fdatasync of LevelDB's log fails with EIO for as long as
// the file named by FAIL_FSYNC_WHILE exists. The bytes have been written by then, as they would be
// on a disk that reports a failure late.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fdatasync(int fd) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  const char *trigger = getenv("FAIL_FSYNC_WHILE");
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (trigger != NULL && length > 4 && access(trigger, F_OK) == 0) {
    path[length] = 0;
    if (strcmp(path + length - 4, ".log") == 0) {
      errno = EIO;
      return -1;
    }
  }
  return real(fd);
}
