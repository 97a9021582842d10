'use strict'

require('../launch').launch('doctor')
