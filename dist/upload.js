import { upload } from './index.js';
await upload();
