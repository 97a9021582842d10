'use strict'

require('../launch').launch('health')
