'use strict'

require('../launch').launch('deploy')
