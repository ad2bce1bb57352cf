#pragma once
#include "Reactor.h"
