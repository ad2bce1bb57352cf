#pragma once

// Only the reply parser: sockets belong to NIO.
#include <hiredis/read.h>
