#pragma once

#include "../Generated/messages.pb-c.h"
