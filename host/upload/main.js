'use strict'

require('../launch').launch('upload')
